"""The programs that do the work. Each kind says which rows it has and measures one cell at a time."""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, '..', 'peers')
INTEROP = os.path.join(HERE, '..', '..', 'tests', 'interop')
sys.path.append(INTEROP)
import foreign  # noqa: E402  the interop tests know the same peers

TIME = 120  # seconds that one measurement may take at most


class Failed(Exception):
    """Why a program could not be measured, for people."""


def pinned(core):
    """For Popen: keeps the child on one core, so that two programs do not share one by chance."""
    cores = sorted(os.sched_getaffinity(0))
    return lambda: os.sched_setaffinity(0, {cores[core % len(cores)]})


class GoogleBenchmark:
    """A program of ours: rows are benchmarks named work/who/size."""

    def __init__(self, program):
        self.program = program
        self.name = os.path.basename(program)
        self.cells = {}
        for row in self.run('--benchmark_list_tests').split():
            work, who, size = row.split('/')
            self.cells.setdefault((work, size), []).append(who)

    def run(self, *arguments):
        try:
            return subprocess.run([self.program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL, timeout=TIME, check=True, text=True,
                                  preexec_fn=pinned(-1)).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise Failed(f'{self.name}: {error}') from error

    def measure(self, work, size, seconds):
        """(who, values) for each of its rows in this cell."""
        output = self.run(f'--benchmark_filter=^{work}/[^/]*/{size}$', '--benchmark_format=json',
                          f'--benchmark_min_time={seconds}')
        for row in json.loads(output)['benchmarks']:
            if row.get('error_occurred'):
                raise Failed(f'{row["name"]}: {row["error_message"]}')
            values = {'ns': 1e9 / row['items_per_second']}
            if row.get('bytes_per_second'):
                values['gbps'] = row['bytes_per_second'] / 1e9
            yield row['name'].split('/')[1], values

    def stop(self):
        pass


class Server:
    """A process that listens until it is stopped."""

    def __init__(self, command, path=''):
        self.path = path
        self.process = subprocess.Popen([*command, *([path] if path else [])], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, preexec_fn=pinned(0), text=True)
        said = self.process.stdout.readline()
        if not said.startswith('port '):
            self.stop()
            raise Failed(f'{" ".join(command)}: it does not listen')
        self.where = path or said.split()[1]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        if self.path and os.path.exists(self.path):
            os.remove(self.path)


class Sockets:
    """One load client drives each server of a work in turn. A server lives as long as the run."""

    def __init__(self, build, works, peers):
        self.client = os.path.join(build, 'load_client')
        self.own = os.path.join(build, 'servers')
        self.zeromq = os.path.join(build, 'zeromq_pair')  # it needs its own client, and threads on both cores
        self.peers = peers  # who -> the command that serves
        self.works = {work['name']: work for work in works if 'mode' in work}
        there = os.path.exists(self.client)
        self.cells = {(name, size): work['who'] for name, work in self.works.items() if there
                      for size in work['sizes']}
        self.servers = {}
        self.warm = set()
        self.directory = tempfile.TemporaryDirectory(prefix='unstick-bench-')

    def server(self, who, unix):
        if (who, unix) not in self.servers:
            path = os.path.join(self.directory.name, who) if unix else ''
            self.servers[who, unix] = Server(self.peers.get(who, [self.own, who]), path)
        return self.servers[who, unix]

    def measure(self, work, size, seconds):
        about = self.works[work]
        failed = []
        for who in about['who']:
            if who not in self.peers and not who.startswith(('raw-', 'unstick-', 'asio-')):
                continue
            try:
                server = self.server(who, about.get('unix', False))
                if self.peers.get(who, [''])[0] == 'java' and (who, about['mode']) not in self.warm:
                    self.warm.add((who, about['mode']))
                    self.drive(server, about, size, 0.5)  # the compiler's turn
                yield who, self.drive(server, about, size, seconds)
            except (Failed, subprocess.SubprocessError) as why:
                failed.append(f'{work}/{who}/{size}: {why}')
                if server := self.servers.pop((who, about.get('unix', False)), None):
                    server.stop()
        if 'zeromq' in about['who'] and os.path.exists(self.zeromq):
            yield 'zeromq', self.said([self.zeromq, size, str(max(0.2, 4 * seconds))], about, size)
        if failed:
            raise Failed('; '.join(failed))

    def drive(self, server, about, size, seconds):
        command = [self.client, about['mode'], server.where, str(server.process.pid), size,
                   str(about['connections']), str(max(0.2, 4 * seconds))]
        return self.said(command, about, size, preexec_fn=pinned(-1))

    def said(self, command, about, size, **how):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIME, **how)
        if done.returncode != 0:
            raise Failed(f'{" ".join(command[1:])}: {done.stderr.strip()}')
        said = {key: float(value) for key, value in re.findall(r'(\w+)=([0-9.]+)', done.stdout)}
        values = {'ns': said['ns'], 'cpu_ns': said['cpu_ns'], 'gbps': (int(size) + 4) / said['ns']}
        if about['mode'].startswith('ping'):
            values['ns'] = said['p50_ns']
        return values

    def stop(self):
        for server in self.servers.values():
            server.stop()
        self.directory.cleanup()


class Streams:
    """The bytes that bench/support/streams.h makes too, in files for programs in other languages."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix='unstick-bench-')

    def file(self, framing, size):
        path = os.path.join(self.directory.name, f'{framing}-{size}')
        if not os.path.exists(path):
            whole = 1 << (22 if size == 'mix' else 24 if int(size) >= 1 << 20 else 19)
            with open(path, 'wb') as file:
                sizes = self.sizes(size)
                while file.tell() < whole:
                    file.write(self.frame(framing, next(sizes)))
        return path

    @staticmethod
    def sizes(size):
        state = 1
        while True:
            state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            yield int(8 * 128 ** ((state >> 33) / 2 ** 31)) if size == 'mix' else int(size)

    @staticmethod
    def frame(framing, size):
        payload = b'x' * size
        if framing == 'length':
            return struct.pack('>I', size) + payload
        if framing == 'varint':
            prefix = b''
            while size >= 128:
                prefix, size = prefix + bytes([size & 127 | 128]), size >> 7
            return prefix + bytes([size]) + payload
        return payload + {'lf': b'\n', 'crlf': b'\r\n', 'boundary': b'--boundary--'}[framing]


class Foreign:
    """A program in another language, which lives as long as the run. It reads `FRAMING FILE CHUNK SECONDS`
    or `encode - SIZE SECONDS`, a line each, and answers with nanoseconds a frame, or - if it cannot do that."""

    def __init__(self, name, command, works, cells, streams):
        self.name = name
        self.command = command
        self.streams = streams
        self.cells = {cell: [name] for cell in cells if cell[0] in works}
        self.process = None

    def ask(self, request):
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.process.stdin.write(request + '\n')
            self.process.stdin.flush()
        except OSError:
            pass
        answer = self.process.stdout.readline().strip()
        if not answer:
            self.stop()
            raise Failed(f'{self.name}: it ended at "{request}"')
        return answer

    def measure(self, work, size, seconds):
        framing, way = work.split('-')
        if way == 'encode':
            request, overhead = f'encode - {size}', 4
        else:
            request = f'{framing} {self.streams.file(framing, size)} {65536 if way == "64K" else way}'
            overhead = len(self.streams.frame(framing, 0))
        answer = self.ask(f'{request} {seconds}')
        if answer != '-':
            values = {'ns': float(answer)}
            if size.isdigit():
                values['gbps'] = (int(size) + overhead) / float(answer)
            yield self.name, values

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None


def find_peers(work):
    """(name, command, works, version) of each peer in another language that is installed and could be built."""
    with open(os.path.join(PEERS, 'peers.toml'), 'rb') as file:
        peers = tomllib.load(file)['peer']
    with open(os.path.join(INTEROP, 'cases.toml'), 'rb') as file:
        known = tomllib.load(file)['peer']
    for name, peer in peers.items():
        peer = {**known[name], **peer}
        version = foreign.version_of(peer)
        if version is None:
            print(f'skipped: {name} is not installed ({" ".join(peer["packages"])})', file=sys.stderr)
            continue
        words = {'peers': PEERS, 'interop': os.path.join(INTEROP, 'peers')}
        try:
            foreign.build(name, peer, work, **words)
        except foreign.Failed as why:
            print(f'skipped: {name} could not be built: {why}', file=sys.stderr)
            continue
        command = [word.format(work=work, **words, **peer.get('words', {})) for word in peer['command']]
        yield name, command, peer['works'], version
