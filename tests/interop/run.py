#!/usr/bin/env python3
"""Runs the cases of cases.toml: foreign programs talk to unstick on loopback, cut at random.

    run.py DRIVER WORK [--short] [--count N] [--seed N] [--markdown]
        [--framing TEXT] [PEER...]

DRIVER is the program unstick_interop, WORK a directory for what is built and written. Prints a line for
each case and ends with 1 if one failed. A peer that is not installed is skipped, said and counted.
"""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib

import conversations
from foreign import TIME, Failed, Program, build, version_of

HERE = os.path.dirname(os.path.abspath(__file__))
COUNTS = ('to', 'from', 'bytes', 'pieces', 'reads')


class Run:
    """One case: what it started, and what that counted."""

    def __init__(self, case, peer, options, words):
        self.case, self.peer, self.options, self.words = case, peer, options, words
        self.programs = []
        self.counts = dict.fromkeys(COUNTS, 0)

    def fill(self, command, **more):
        return [word.format(**self.words, **more) for word in command]

    def start(self, command, **how):
        program = Program(command, **how)
        self.programs.append(program)
        return program

    def drive(self, *words, **how):
        own = ['--own', self.case['own']] if 'own' in self.case else []
        if self.peer.get('tls') and words[0] in ('client', 'server'):
            own += ['--tls', os.path.join(self.options.work, self.case['peer'])]
        return self.start([self.options.driver, *words, *own, '--seed', str(self.options.seed), '--seconds', str(TIME // 2)],
                          **how)

    def peer_server(self):
        """Starts the foreign server and returns where it listens."""
        if self.peer.get('inetd'):
            return 'tcp:127.0.0.1:%d' % self.serve_descriptor()
        server = self.start(self.fill(self.peer['server']), directory=self.words['dir'],
                            stop=getattr(signal, self.peer.get('stop', 'SIGTERM')))
        found = server.wait_for(self.peer.get('ready', r'port (\d+)'))
        if 'target' in self.peer:
            return self.peer['target'].format(**self.words)
        port = found.group(1) if found.groups() else listening_port(server.process.pid)
        return f'tcp:127.0.0.1:{port}'

    def serve_descriptor(self):
        """For a program that talks on its standard input and output: gives it a connection as both."""
        listener = socket.create_server(('127.0.0.1', 0))
        listener.settimeout(TIME)

        def serve():
            with listener, listener.accept()[0] as connection:
                self.start(self.fill(self.peer['server']), directory=self.words['dir'], stdin=connection,
                           stdout=connection, stderr=subprocess.DEVNULL)

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1]

    def through(self, target, relay=None):
        """Starts the program that cuts (or also re-frames) what goes to `target`; returns it and its port."""
        words = ['relay', relay, target] if relay else ['cut', target]
        cutter = self.drive(*words, stdin=subprocess.PIPE)
        return cutter, cutter.wait_for(r'port (\d+)').group(1)

    def count_cuts(self, cutter):
        cutter.process.stdin.close()
        numbers = numbers_in(cutter.finish())
        for key in ('bytes', 'pieces'):
            self.counts[key] += numbers[key]
        return numbers

    def count_talk(self, output):
        numbers = numbers_in(output)
        self.counts['to'] += numbers['sent']
        self.counts['from'] += numbers['received']
        self.counts['reads'] += numbers['reads']

    # ---- The three ways --------------------------------------------------------------------------

    def client(self, steps):
        """We open the conversation, a foreign server answers."""
        cutter, port = self.through(self.peer_server())
        talk = self.drive('client', self.case['spec'], f'tcp:127.0.0.1:{port}', steps)
        self.count_talk(talk.finish())
        self.count_cuts(cutter)

    def server(self, steps):
        """A foreign client opens it, we answer."""
        talk = self.drive('server', self.case['spec'], steps)
        cutter, port = self.through('tcp:127.0.0.1:' + talk.wait_for(r'port (\d+)').group(1))
        self.start(self.fill(self.peer['client'], port=port, file=steps), directory=self.words['dir']).finish()
        self.count_talk(talk.finish())
        self.count_cuts(cutter)

    def relay(self, script):
        """A foreign client and a foreign server; each message between them is decoded and encoded anew."""
        cutter, port = self.through(self.peer_server(), relay=self.case['spec'])
        asked, expected = script
        with open(asked, 'rb') as stdin:
            client = self.start(self.fill(self.peer['relay_client'], port=port), stdin=stdin,
                                directory=self.words['dir'])
            answered = client.finish()
        as_expected = answered == expected if isinstance(expected, str) else expected.search(answered)
        if not as_expected:
            raise Failed(f'{client.name()} printed something else: {answered[:300]}')
        numbers = self.count_cuts(cutter)
        self.counts['to'] += numbers['up'] + numbers['down']
        self.counts['from'] += numbers['up'] + numbers['down']
        self.counts['reads'] += numbers['reads']

    def our_failure(self):
        """What our side said, if it failed: it knows more than who noticed."""
        for program in self.programs:
            if program.command[0] == self.options.driver and program.process.poll() not in (None, 0):
                program.reader.join(TIME)
                return program.output.strip()
        return None

    def stop(self):
        for program in reversed(self.programs):
            program.stop()


def listening_port(process):
    """The TCP port of a program that does not say which one it got. It may take a moment until it listens."""
    end = time.monotonic() + TIME
    while time.monotonic() < end:
        mine = {os.readlink(descriptor.path) for descriptor in os.scandir(f'/proc/{process}/fd')}
        with open('/proc/net/tcp', encoding='ascii') as table:
            for row in list(table)[1:]:
                address, state, inode = (row.split()[i] for i in (1, 3, 9))
                if state == '0A' and f'socket:[{inode}]' in mine:
                    return int(address.split(':')[1], 16)
        time.sleep(0.01)
    raise Failed('it listens on no TCP port')


def numbers_in(text):
    return {key: int(value) for key, value in re.findall(r'(\w+)=(\d+)', text)}


def run_case(case, peer, options):
    """Everything that the case wants, one way after another; the counts of all."""
    total = dict.fromkeys(COUNTS, 0)
    edges = [edge for edge in case['edges'] if not options.short or edge <= 70_000]
    said = conversations.messages(options.seed, case.get('count', options.count), edges, case.get('most', 4096),
                                  case.get('content', 'bytes'))
    for way in case.get('ways', peer.get('ways', ['client', 'server'])):
        with tempfile.TemporaryDirectory(prefix='unstick-interop-') as directory:
            os.chmod(directory, 0o755)
            words = {'dir': directory, 'peers': os.path.join(HERE, 'peers'), 'work': options.work,
                     'arg': case.get('arg', ''), 'count': str(len(said)), **peer.get('words', {})}
            run = Run(case, peer, options, words)
            try:
                if way == 'relay':
                    run.relay(conversations.script(peer['script'], directory, said))
                else:
                    steps = os.path.join(directory, 'steps')
                    conversation = conversations.CONVERSATIONS[peer.get('conversation', 'echo')]
                    conversations.write(steps, conversation(options.seed, said))
                    getattr(run, way)(steps)
            except Failed as why:
                raise Failed(f'{way}: {run.our_failure() or why}') from None
            finally:
                run.stop()
            total = {key: total[key] + run.counts[key] for key in total}
    return total


COLUMNS = ('peer', 'version', 'its framing', 'our spec', 'to it', 'from it', 'bytes', 'pieces', 'reads', 'verdict')
WIDTHS = (11, 9, 24, 44, 6, 7, 9, 8, 7, 0)


def print_row(cells, options):
    if options.markdown:
        row = '| ' + ' | '.join(str(cell).replace('|', '\\|') for cell in cells) + ' |'
    else:
        row = '  '.join(str(cell).rjust(width) if 4 <= i <= 8 else str(cell).ljust(width)
                        for i, (cell, width) in enumerate(zip(cells, WIDTHS)))
    print(row.rstrip(), flush=True)


def code(text, options):
    return f'`{text}`' if options.markdown else text


def run_peer(name, peer, cases, options, totals):
    version = version_of(peer)
    unbuilt = None
    if version is not None and cases:
        try:
            build(name, peer, options.work, peers=os.path.join(HERE, 'peers'))
        except Failed as why:
            unbuilt = why
    for case in cases:
        head = (name, version or '-', code(case['framing'], options), code(case['spec'], options))
        if version is None:
            totals['skipped'] += 1
            print_row((*head, '', '', '', '', '', 'skipped: not installed (' + ' '.join(peer['packages']) + ')'), options)
            continue
        start = time.monotonic()
        try:
            if unbuilt:
                raise unbuilt
            counts = run_case(case, peer, options)
            totals['passed'] += 1
            verdict = 'ok'
        except Failed as why:
            totals['failed'] += 1
            counts = dict.fromkeys(COUNTS, '')
            verdict = 'FAILED: ' + ' '.join(str(why).split())
        if not options.markdown:
            verdict += f'  ({time.monotonic() - start:.1f} s)'
        print_row((*head, *counts.values(), verdict), options)


def parse_arguments():
    parser = argparse.ArgumentParser(description='Foreign programs talk to unstick.')
    parser.add_argument('driver', type=os.path.abspath)
    parser.add_argument('work', type=os.path.abspath)
    parser.add_argument('--short', action='store_true', help='only the peers that are quickly there, few messages')
    parser.add_argument('--count', type=int, help='messages each way (1000; short: 200)')
    parser.add_argument('--seed', type=int, default=20261121)
    parser.add_argument('--markdown', action='store_true')
    parser.add_argument('--framing', default='', help='only cases whose framing has this text in it')
    parser.add_argument('peers', nargs='*')
    options = parser.parse_intermixed_args()
    options.count = options.count or (200 if options.short else 1000)
    return options


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    with open(os.path.join(HERE, 'cases.toml'), 'rb') as file:
        table = tomllib.load(file)
    unknown = set(options.peers) - set(table['peer'])
    if unknown:
        sys.exit(f'run.py: there is no peer {", ".join(sorted(unknown))}; there are {", ".join(table["peer"])}')
    print_row(COLUMNS, options)
    if options.markdown:
        print('|---|---|---|---|--:|--:|--:|--:|--:|---|')
    totals = {'passed': 0, 'failed': 0, 'skipped': 0}
    for name, peer in table['peer'].items():
        chosen = name in options.peers if options.peers else not options.short or peer.get('short')
        if chosen:
            cases = [case for case in table['case'] if case['peer'] == name and options.framing in case['framing']]
            run_peer(name, peer, cases, options, totals)
    print('' if options.markdown else
          f'{totals["passed"]} cases passed, {totals["failed"]} failed, {totals["skipped"]} skipped')
    sys.exit(1 if totals['failed'] or not totals['passed'] else 0)


if __name__ == '__main__':
    main()
