#!/usr/bin/env python3
"""Gives hostile streams to unstick and to foreign parsers, and compares where messages end.

    run.py DRIVER WORK [--streams N] [--seed N] [--keep]

DRIVER is the program unstick_differential, WORK a directory for what is built and written. Fails if both
took a message from a stream and it ends elsewhere (smuggling), or if they differ in a way that
differences.toml does not list. A peer that is not installed is skipped and said.
"""

import argparse
import collections
import os
import re
import shutil
import struct
import subprocess
import sys
import time
import tomllib

import streams

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, 'peers')
PYTHON = '/usr/bin/python3'  # Debian's, which has Debian's packages
BATCH = 50_000
TAB = re.compile(rb'(?i)transfer-encoding[^\n]*\t')  # a way to differ that has its own row

# name, framing, generator, share of the streams in percent, are sizes of payloads compared too?
FAMILIES = [
    ('http-request', 'http1', streams.request, 45, True),
    ('http-response', 'http1', streams.response, 20, True),
    ('resp', 'resp', streams.resp, 15, False),
    ('json', 'json-concat', streams.json_text, 10, False),
    ('cbor', 'cbor-seq', streams.cbor, 10, False),
]


def python_has(module):
    return subprocess.run([PYTHON, '-c', f'import {module}'], stderr=subprocess.DEVNULL, check=False).returncode == 0


def find_peers(work):
    """The command of each peer by family and name; None if it is not installed."""
    python = [PYTHON, os.path.join(PEERS, 'python.py')]
    node = shutil.which('node') or shutil.which('nodejs')
    go = None
    if shutil.which('go'):
        go = os.path.join(work, 'http')
        subprocess.run(['go', 'build', '-o', go, os.path.join(PEERS, 'http.go')], check=True)
    h11, hiredis, cbor2 = (python_has(module) for module in ('h11', 'hiredis', 'cbor2'))
    peers = {}
    for way in ('request', 'response'):
        peers['http-' + way] = {
            'llhttp': node and [node, os.path.join(PEERS, 'llhttp.js'), way],
            'h11': h11 and [*python, 'h11-' + way],
            'net/http': go and [go, way],
        }
    peers['resp'] = {'hiredis': hiredis and [*python, 'hiredis']}
    peers['json'] = {'json': [*python, 'json']}
    peers['cbor'] = {'cbor2': cbor2 and [*python, 'cbor2']}
    return peers


def without(path, count):
    """A file with the records of `path` but the first `count`."""
    with open(path, 'rb') as file:
        records, at = file.read(), 0
    for _ in range(count):
        at += 4 + struct.unpack_from('>I', records, at)[0]
    with open(path.removesuffix('.rest') + '.rest', 'wb') as file:
        file.write(records[at:])
        return file.name


def lines_of(commands, path):
    """Runs all at a time, each on the file `path`; what each printed, line by line."""
    running = {}
    for name, command in commands.items():
        with open(path, 'rb') as records, open(f'{path}.{name.replace("/", "-")}', 'wb') as out:
            running[name] = (subprocess.Popen(command, stdin=records, stdout=out), out.name)
    lines = {}
    for name, (process, output) in running.items():
        status = process.wait()
        with open(output, encoding='utf-8', errors='replace') as file:
            lines[name] = file.read().splitlines()
        if status < 0 and name != 'unstick':  # a foreign parser crashed in the stream after the last line
            lines[name].append('error crashed')
            rest = without(path, len(lines[name]))
            lines[name] += lines_of({name: commands[name]}, rest)[name] if os.path.getsize(rest) else []
        elif status != 0:
            sys.exit(f'run.py: {name} ended with {status}')
    return lines


def parsed(line):
    frames, _, verdict = re.fullmatch(r'((?:\d+:\d+ )*)()(.*)', line).groups()
    return [tuple(map(int, frame.split(':'))) for frame in frames.split()], verdict


def difference(ours, theirs, sizes):
    """None, or (kind, reason): 'boundary', 'stricter' (we refuse what they take) or 'laxer'."""
    mine, my_end = parsed(ours)
    other, other_end = parsed(theirs)
    for a, b in zip(mine, other):
        if a[0] != b[0] or (sizes and a[1] != b[1]):
            return 'boundary', f'{a} here, {b} there'
    if len(mine) < len(other):
        if my_end.startswith('error'):
            return 'stricter', my_end.removeprefix('error ').strip()
        return 'waits', my_end  # we wait for more, they have a message
    if len(mine) > len(other):
        if other_end == 'truncated':
            return 'early', other_end  # we have a message, they wait for more
        return ('ended' if other_end == 'end' else 'laxer'), other_end.removeprefix('error ').strip()
    return None


class Known:
    """The rows of differences.toml."""

    def __init__(self):
        with open(os.path.join(HERE, 'differences.toml'), 'rb') as file:
            self.rows = tomllib.load(file)['difference']

    def has(self, family, peer, kind, reason):
        return any(re.fullmatch(row['family'], family) and re.fullmatch(row['peer'], peer) and re.fullmatch(row['kind'], kind) and
                   re.fullmatch(row['reason'], reason) for row in self.rows)


def run_family(family, options, peers, known, found, samples):
    name, spec, make, share, sizes = family
    commands = {peer: command for peer, command in peers[name].items() if command}
    for peer in peers[name].keys() - commands.keys():
        print(f'{name:14} {peer:9} skipped: not installed', flush=True)
    if not commands:
        return
    total, done, start = options.streams * share // 100, 0, time.monotonic()
    agreed = collections.Counter()
    while done < total:
        count = min(BATCH, total - done)
        batch = streams.batch(make, f'{options.seed} {name} {done}', count)
        path = os.path.join(options.work, name)
        with open(path, 'wb') as file:
            file.writelines(struct.pack('>I', len(stream)) + stream for stream in batch)
        lines = lines_of({'unstick': [options.driver, spec, str(options.seed + done)], **commands}, path)
        for peer in commands:
            for stream, ours, theirs in zip(batch, lines['unstick'], lines[peer], strict=True):
                what = difference(ours, theirs, sizes)
                if what is None:
                    agreed[peer] += 1
                    continue
                key = (name, peer, *what)
                if what[0] in ('boundary', 'waits', 'early'):
                    key = (name, peer, what[0], 'tab' if TAB.search(stream) else what[1] if what[0] != 'boundary' else 'other')
                found[key] += 1
                if len(samples[key]) < 3:
                    samples[key].append((stream, ours, theirs))
        done += count
    for peer in commands:
        print(f'{name:14} {peer:9} {total} streams, {agreed[peer]} the same, {total - agreed[peer]} not'
              f'  ({time.monotonic() - start:.0f} s)', flush=True)


def main():
    parser = argparse.ArgumentParser(description='Hostile streams, here and elsewhere.')
    parser.add_argument('driver', type=os.path.abspath)
    parser.add_argument('work', type=os.path.abspath)
    parser.add_argument('--streams', type=int, default=20_000)
    parser.add_argument('--seed', type=int, default=20261128)
    parser.add_argument('--family', default='', help='only families whose name has this text in it')
    parser.add_argument('--samples', action='store_true', help='show a stream of each difference, not only of unknown ones')
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    peers, known = find_peers(options.work), Known()
    found, samples = collections.Counter(), collections.defaultdict(list)
    for family in FAMILIES:
        if options.family in family[0]:
            run_family(family, options, peers, known, found, samples)
    unknown = 0
    for key, count in sorted(found.items()):
        is_known = known.has(*key)
        unknown += not is_known
        print(f'{"known" if is_known else "NEW":6}{count:8}  ' + '  '.join(key))
        if options.samples or not is_known:
            for stream, ours, theirs in samples[key]:
                print(f'                {stream!r}\n                  unstick: {ours}\n                  {key[1]}: {theirs}')
    print(f'{len(found)} classes of difference, {unknown} of them not in differences.toml')
    sys.exit(1 if unknown else 0)


if __name__ == '__main__':
    main()
