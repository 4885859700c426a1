#!/usr/bin/env python3
"""Measures the library beside hand-written limits and real peers, interleaved in rounds.

    run.py BUILD [--quick] [--rounds N] [--seconds S] [--write-docs] [FILTER...]
    run.py --check-docs

BUILD is the directory with the benchmarks. A FILTER is a regular expression over cells, `work/size`:
`length-64K/64$`, `^lf`. Writes build/bench/results.json and results.svg; with --write-docs the tables, the chart and what they are made from go to docs/ too. --check-docs fails unless docs/ holds what
its own docs/performance.json makes.
"""

import argparse
import datetime
import glob
import json
import os
import platform
import re
import signal
import sys
import time
import tomllib

sys.dont_write_bytecode = True

from driver import chart, programs, report  # noqa: E402
from driver.results import Results, as_document  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
DOCS = os.path.join(HERE, '..', 'docs')
OUT = os.path.join(HERE, '..', 'build', 'bench')


class Progress:
    """One line that says where the run is: rewritten on a terminal, else one for each work."""

    def __init__(self, steps):
        self.steps, self.done, self.start, self.last = steps, 0, time.monotonic(), None
        self.terminal = sys.stderr.isatty()

    def step(self, turn, work, size):
        left = (time.monotonic() - self.start) / self.done * (self.steps - self.done) if self.done else None
        text = f'round {turn}: {work}' + (f'/{size}' if self.terminal else '')
        text += '' if left is None else f', {left:.0f} s left'
        if self.terminal:
            print('\r\033[K' + text, end='', file=sys.stderr, flush=True)
        elif (turn, work) != self.last:
            print(text, file=sys.stderr, flush=True)
        self.last = (turn, work)
        self.done += 1

    def end(self):
        if self.terminal:
            print('\r\033[K', end='', file=sys.stderr)


def machine():
    with open('/proc/cpuinfo', encoding='ascii') as file:
        names = re.findall(r'^model name\s*: (.*)$', file.read(), re.M)
    return f'{len(os.sched_getaffinity(0))} cores of {names[0] if names else platform.machine()}'


def parse_arguments():
    parser = argparse.ArgumentParser(description='Measures the library beside limits and peers.')
    parser.add_argument('build', nargs='?', type=os.path.abspath)
    parser.add_argument('--quick', action='store_true', help='the cells with a goal, one short round')
    parser.add_argument('--smoke', action='store_true', help='as little as shows that it works')
    parser.add_argument('--rounds', type=int)
    parser.add_argument('--seconds', type=float, help='for one row of one round')
    parser.add_argument('--write-docs', action='store_true')
    parser.add_argument('--check-docs', action='store_true')
    parser.add_argument('filters', nargs='*')
    options = parser.parse_intermixed_args()
    short = options.quick or options.smoke
    options.rounds = options.rounds or (1 if short else 5)
    options.seconds = options.seconds or (0.001 if options.smoke else 0.01 if options.quick else 0.05)
    return options


def chosen_cells(found, table, options):
    """The cells to measure, in the order of the tables."""
    order = [work['name'] for work in table['work']]
    unknown = {work for work, _ in found} - set(order)
    if unknown:
        sys.exit(f'run.py: works.toml says nothing of {", ".join(sorted(unknown))}')
    with_goal = {(goal['work'], size) for goal in table['goal']
                 for size in goal['sizes'] + [goal.get('against_size', goal['sizes'][0])]}
    cells = sorted(found, key=lambda cell: (order.index(cell[0]), not cell[1].isdigit(),
                                            int(cell[1]) if cell[1].isdigit() else 0))
    if options.quick and not options.filters:
        cells = [cell for cell in cells if cell in with_goal]
    return [cell for cell in cells
            if not options.filters or any(re.search(text, '/'.join(cell)) for text in options.filters)]


def measure(sources, cells, results, options):
    progress = Progress(options.rounds * len(cells))
    broken = {}
    for turn in range(1, options.rounds + 1):
        for work, size in cells:
            progress.step(turn, work, size)
            for source in sources:
                if (work, size) not in source.cells or (source, work, size) in broken:
                    continue
                try:
                    for who, values in source.measure(work, size, options.seconds):
                        results.add(work, size, who, values)
                except programs.Failed as why:
                    broken[source, work, size] = str(why)
    progress.end()
    for why in broken.values():
        print(f'failed: {why}', file=sys.stderr)
    return not broken


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def as_json(document):
    """A row or a goal a line, so that a new run's difference can be read."""
    lists = ('rows', 'goals')
    text = json.dumps({key: value for key, value in document.items() if key not in lists}, indent=1)[:-2]
    for key in lists:
        text += f',\n "{key}": [\n  ' + ',\n  '.join(map(json.dumps, document[key])) + '\n ]'
    return text + '\n}\n'


def documents(document, works):
    """What docs/ is to hold: path -> text."""
    page = os.path.join(DOCS, 'performance.md')
    return {page: report.with_results(read(page), document, works),
            os.path.join(DOCS, 'performance.svg'): chart.draw(document, works),
            os.path.join(DOCS, 'performance.json'): as_json(document)}


def check_docs(works):
    document = json.loads(read(os.path.join(DOCS, 'performance.json')))
    wrong = [os.path.basename(path) for path, text in documents(document, works).items() if read(path) != text]
    if wrong:
        sys.exit(f'{", ".join(wrong)}: not what docs/performance.json makes; ./run bench --write-docs')


def find_sources(options, works):
    """The programs that were built, and the peers that are there, with their versions."""
    ours = [programs.GoogleBenchmark(path) for path in sorted(glob.glob(os.path.join(options.build, '*_bench')))]
    if not ours:
        sys.exit(f'run.py: there is no benchmark in {options.build}')
    ours.sort(key=lambda source: source.name != 'core_bench')  # limits and the library come first
    cells = set().union(*(source.cells for source in ours))
    streams, servers, others, versions = programs.Streams(), {}, [], {}
    for name, command, can, version in programs.find_peers(os.path.join(OUT, 'peers')) if not options.smoke else ():
        others.append(programs.Foreign(name, command, can, cells, streams))
        servers[name] = [*command, 'serve']
        versions[name] = version
    return ours + others + [programs.Sockets(options.build, works, servers)], versions


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    with open(os.path.join(HERE, 'works.toml'), 'rb') as file:
        table = tomllib.load(file)
    if options.check_docs:
        return check_docs(table['work'])
    sources, versions = find_sources(options, table['work'])
    try:
        cells = chosen_cells(set().union(*(source.cells for source in sources)), table, options)
        if not cells:
            sys.exit('run.py: no cell matches')
        results = Results(table['work'])
        good = measure(sources, cells, results, options)
    finally:
        for source in sources:
            source.stop()
    about = {'date': datetime.date.today().isoformat(), 'machine': machine(), 'rounds': options.rounds,
             'versions': versions}
    document = as_document(results, table['goal'], about)
    report.print_tables(document, table['work'])
    if not options.smoke:
        os.makedirs(OUT, exist_ok=True)
        write(os.path.join(OUT, 'results.json'), as_json(document))
        write(os.path.join(OUT, 'results.svg'), chart.draw(document, table['work']))
    if options.write_docs:
        for path, text in documents(document, table['work']).items():
            write(path, text)
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
