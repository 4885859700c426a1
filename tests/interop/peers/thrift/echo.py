#!/usr/bin/python3
"""Thrift's TFramedTransport, with one binary in each frame.

    echo.py server               prints its port and echoes binaries of one connection
    echo.py client PORT FILE     takes the steps in FILE
"""

import struct
import sys

from thrift.protocol import TBinaryProtocol
from thrift.transport import TSocket, TTransport


def protocol_on(connection):
    return TBinaryProtocol.TBinaryProtocol(TTransport.TFramedTransport(connection))


def serve():
    listener = TSocket.TServerSocket('127.0.0.1', 0)
    listener.listen()
    print('port', listener.handle.getsockname()[1], flush=True)
    peer = protocol_on(listener.accept())
    while True:
        try:
            message = peer.readBinary()
        except (EOFError, TTransport.TTransportException):
            return
        peer.writeBinary(message)
        peer.trans.flush()


def call(port, path):
    connection = TSocket.TSocket('127.0.0.1', int(port))
    connection.setTimeout(60_000)
    connection.open()
    peer = protocol_on(connection)
    with open(path, 'rb') as file:
        while head := file.read(5):
            frame = file.read(struct.unpack('>I', head[1:])[0])
            if head[:1] == b's':
                peer.writeBinary(frame[4:])
                peer.trans.flush()
            elif peer.readBinary() != frame[4:]:
                sys.exit('another message than expected')
    connection.close()


if __name__ == '__main__':
    serve() if sys.argv[1] == 'server' else call(*sys.argv[2:])
