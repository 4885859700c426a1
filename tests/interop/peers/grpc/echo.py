#!/usr/bin/python3
"""gRPC: one call, a stream of messages each way.

    echo.py server           prints its port; ends by a signal
    echo.py client PORT      takes the steps on standard input
"""

import concurrent.futures
import queue
import struct
import sys

import grpc

OPTIONS = [('grpc.max_receive_message_length', 1 << 24), ('grpc.max_send_message_length', 1 << 24)]


def serve():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2), options=OPTIONS)
    echo = grpc.stream_stream_rpc_method_handler(lambda messages, context: messages)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler('interop.Echo', {'Talk': echo})])
    print('port', server.add_insecure_port('127.0.0.1:0'), flush=True)
    server.start()
    server.wait_for_termination()


def call(port):
    said = queue.SimpleQueue()
    with grpc.insecure_channel(f'127.0.0.1:{port}', OPTIONS) as channel:
        answers = channel.stream_stream('/interop.Echo/Talk')(iter(said.get, None), timeout=60)
        while head := sys.stdin.buffer.read(5):
            message = sys.stdin.buffer.read(struct.unpack('>I', head[1:])[0])
            if head[:1] == b's':
                said.put(message)
            elif next(answers) != message:
                sys.exit('another message than expected')
        said.put(None)
        if next(answers, None) is not None:
            sys.exit('a message too many')


if __name__ == '__main__':
    serve() if sys.argv[1] == 'server' else call(sys.argv[2])
