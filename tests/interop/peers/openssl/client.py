#!/usr/bin/python3
"""Frames with a length of four bytes through `openssl s_client`, which knows nothing of them.

    client.py PORT CERTIFICATE FILE     takes the steps in FILE
"""

import struct
import subprocess
import sys


def read(stream):
    head = stream.read(4)
    return stream.read(struct.unpack('>I', head)[0]) if len(head) == 4 else None


def main(port, certificate, path):
    command = ['openssl', 's_client', '-connect', f'127.0.0.1:{port}', '-CAfile', certificate,
               '-verify_return_error', '-verify_hostname', 'localhost', '-quiet', '-no_ign_eof', '-nocommands']
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client, open(path, 'rb') as file:
        while head := file.read(5):
            said = file.read(struct.unpack('>I', head[1:])[0])
            if head[:1] == b's':
                client.stdin.write(struct.pack('>I', len(said)) + said)
                client.stdin.flush()
            elif read(client.stdout) != said:
                sys.exit('another message than expected')
        client.stdin.close()
        if client.stdout.read():
            sys.exit('a message too many')
    sys.exit(client.returncode)


if __name__ == '__main__':
    main(*sys.argv[1:])
