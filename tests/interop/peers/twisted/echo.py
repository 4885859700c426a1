#!/usr/bin/python3
"""Twisted's receivers.

    echo.py server RECEIVER              prints its port and echoes strings of one connection
    echo.py client RECEIVER PORT FILE    takes the steps in FILE
"""

import struct
import sys

from twisted.internet import endpoints, protocol, reactor
from twisted.protocols import basic

RECEIVERS = {'Int8': basic.Int8StringReceiver, 'Int16': basic.Int16StringReceiver,
             'Int32': basic.Int32StringReceiver, 'Netstring': basic.NetstringReceiver, 'Line': basic.LineReceiver}


def read_steps(path):
    with open(path, 'rb') as file:
        while head := file.read(5):
            yield head[:1], file.read(struct.unpack('>I', head[1:])[0])


def peer_of(receiver):
    """The receiver, with one name for what it calls strings or lines."""

    class Peer(RECEIVERS[receiver]):
        MAX_LENGTH = 1 << 24
        steps = None
        failure = None

        def connectionMade(self):
            self.transport.setTcpNoDelay(True)
            if self.factory.path:
                self.steps = read_steps(self.factory.path)
                self.advance()

        def advance(self):
            for kind, message in self.steps:
                if kind == b'e':
                    self.expected = message
                    return
                self.put(message)
            self.expected = None
            self.transport.loseConnection()

        def put(self, message):
            self.sendLine(message) if receiver == 'Line' else self.sendString(message)

        def stringReceived(self, message):
            if not self.factory.path:
                self.put(message)
            elif message == self.expected:
                self.advance()
            else:
                self.fail(f'expected {self.expected!r:.60}, got {message!r:.60}')

        lineReceived = stringReceived

        def fail(self, why):
            print(why, flush=True)
            self.factory.failed = True
            self.transport.abortConnection()

        def connectionLost(self, reason=protocol.connectionDone):
            if self.factory.path and self.expected is not None:
                self.factory.failed = True
                print('the connection ended too early', flush=True)
            if reactor.running:
                reactor.stop()

    return Peer


def main():
    role, receiver, *rest = sys.argv[1:]
    factory = protocol.Factory.forProtocol(peer_of(receiver))
    factory.path = rest[1] if role == 'client' else None
    factory.failed = False
    if role == 'client':
        endpoints.TCP4ClientEndpoint(reactor, '127.0.0.1', int(rest[0])).connect(factory)
    else:
        port = reactor.listenTCP(0, factory, interface='127.0.0.1')
        print('port', port.getHost().port, flush=True)
    reactor.run()
    sys.exit(1 if factory.failed else 0)


if __name__ == '__main__':
    main()
