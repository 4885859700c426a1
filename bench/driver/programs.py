"""The programs that do the work. Each kind says which rows it has and measures one cell at a time."""

import json
import os
import re
import subprocess
import tempfile

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
        self.peers = peers  # who -> the command that serves
        self.works = {work['name']: work for work in works if 'mode' in work}
        there = os.path.exists(self.client)
        self.cells = {(name, size): work['who'] for name, work in self.works.items() if there
                      for size in work['sizes']}
        self.servers = {}
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
                yield who, self.drive(self.server(who, about.get('unix', False)), about, size, seconds)
            except (Failed, subprocess.SubprocessError) as why:
                failed.append(f'{work}/{who}/{size}: {why}')
                if server := self.servers.pop((who, about.get('unix', False)), None):
                    server.stop()
        if failed:
            raise Failed('; '.join(failed))

    def drive(self, server, about, size, seconds):
        command = [self.client, about['mode'], server.where, str(server.process.pid), size,
                   str(about['connections']), str(max(0.2, 4 * seconds))]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIME,
                              preexec_fn=pinned(-1))
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
