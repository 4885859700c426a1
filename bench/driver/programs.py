"""The programs that do the work. Each kind says which rows it has and measures one cell at a time."""

import json
import os
import subprocess

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
