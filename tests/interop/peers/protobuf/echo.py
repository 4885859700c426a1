#!/usr/bin/python3
"""Delimited messages as protobuf's own varint code reads and writes them.

    echo.py server               prints its port and echoes BytesValue messages of one connection
    echo.py client PORT FILE     takes the steps in FILE
"""

import socket
import struct
import sys

from google.protobuf import wrappers_pb2
from google.protobuf.internal.decoder import _DecodeVarint32
from google.protobuf.internal.encoder import _VarintBytes


class Stream:
    def __init__(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = connection
        self.buffer = b''

    def more(self):
        chunk = self.connection.recv(65536)
        self.buffer += chunk
        return bool(chunk)

    def read(self):
        """The next message; None at the end."""
        while not any(byte < 0x80 for byte in self.buffer[:10]):
            if not self.more():
                return None
        size, start = _DecodeVarint32(self.buffer, 0)
        pieces, held = [self.buffer], len(self.buffer)
        while held < start + size:
            pieces.append(self.connection.recv(65536))
            held += len(pieces[-1])
        whole = b''.join(pieces)
        self.buffer = whole[start + size:]
        return wrappers_pb2.BytesValue.FromString(whole[start:start + size])

    def write(self, message):
        body = message.SerializeToString()
        self.connection.sendall(_VarintBytes(len(body)) + body)


def serve():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        print('port', listener.getsockname()[1], flush=True)
        stream = Stream(listener.accept()[0])
    while (message := stream.read()) is not None:
        stream.write(message)


def call(port, path):
    stream = Stream(socket.create_connection(('127.0.0.1', int(port)), timeout=60))
    with open(path, 'rb') as file:
        while head := file.read(5):
            said = wrappers_pb2.BytesValue.FromString(file.read(struct.unpack('>I', head[1:])[0]))
            if head[:1] == b's':
                stream.write(said)
            elif stream.read() != said:
                sys.exit('another message than expected')


if __name__ == '__main__':
    serve() if sys.argv[1] == 'server' else call(*sys.argv[2:])
