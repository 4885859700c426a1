#!/usr/bin/python3
"""ZeroMQ, a PAIR socket on each side.

    echo.py server           prints its port; ends by a signal
    echo.py client PORT      takes the steps on standard input
"""

import struct
import sys

import zmq


def serve(pair):
    print('port', pair.bind_to_random_port('tcp://127.0.0.1'), flush=True)
    while True:
        pair.send(pair.recv())


def call(pair, port):
    pair.connect(f'tcp://127.0.0.1:{port}')
    pair.rcvtimeo = 60_000
    while head := sys.stdin.buffer.read(5):
        message = sys.stdin.buffer.read(struct.unpack('>I', head[1:])[0])
        if head[:1] == b's':
            pair.send(message)
        elif pair.recv() != message:
            sys.exit('another message than expected')


if __name__ == '__main__':
    with zmq.Context() as context, context.socket(zmq.PAIR) as pair:
        serve(pair) if sys.argv[1] == 'server' else call(pair, sys.argv[2])
