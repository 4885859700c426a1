#!/usr/bin/env python3
"""Counts the instructions of the hot paths with callgrind and compares them with budget.txt.

    check.py HOT_PATHS [--update] [NAME...]

HOT_PATHS is the program of that name, built as Release. Without NAME: all of budget.txt. A path that takes
3 % more than its budget fails; one that takes 3 % less is told of. A `linear-` path is one frame that arrives
in chunks: its number is how many times the instructions twice the bytes take, and should be 2. --update
writes what was measured into budget.txt: do that in the change that means it. Ends with 77 where there is no
valgrind.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys

BUDGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'budget.txt')
TOLERANCE = 0.03
LINEAR = 2.0
HEAD = '''# Instructions a frame, under callgrind (which runs the AVX2 path), with g++ 12 and Release.
# linear-: how many times the instructions twice the bytes take.
# `./run instructions --update` writes what it measures; check.py compares.
'''


def count(program, name, times):
    """Instructions of the hot path alone (Highway's start reads the clock), and what the program says it did."""
    command = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', '--toggle-collect=RunHotPath',
               program, name, str(times)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=250)
    collected = re.search(r'Collected : (\d+)', done.stderr)
    if done.returncode != 0 or not collected:
        sys.exit(f'check.py: {name}: {done.stderr.strip()[-500:]}')
    return int(collected.group(1)), int(done.stdout)


def per_frame(program, name):
    (less, few), (more, many) = count(program, name, 4), count(program, name, 12)
    return (more - less) / (many - few)


def growth(program, name):
    """How many instructions the bytes from 2N to 4N take, divided by those from N to 2N."""
    sizes = [(256 if name.endswith('64K') else 8) << 10 << i for i in range(3)]
    counts = [count(program, name, size)[0] for size in sizes]
    return (counts[2] - counts[1]) / (counts[1] - counts[0])


def measure(program, name):
    return growth(program, name) if name.startswith('linear-') else per_frame(program, name)


def check(program, name, budget):
    """Whether it is as it should be; says so."""
    measured = measure(program, name)
    what = 'times the instructions for twice the bytes' if name.startswith('linear-') else 'instructions a frame'
    print(f'{name}: {measured:.2f} {what}, {budget} allowed')
    if measured > budget * (1 + TOLERANCE):
        print(f'{name}: {measured / budget - 1:.0%} over the budget. If that is meant: ./run instructions --update')
        return False
    if measured < budget * (1 - TOLERANCE) and not name.startswith('linear-'):
        print(f'{name}: {1 - measured / budget:.0%} under the budget. To keep it: ./run instructions --update')
    return True


def read_budget():
    with open(BUDGET, encoding='ascii') as file:
        lines = [line.split() for line in file if not line.startswith('#')]
    return {name: float(value) for name, value in lines}


def update(program, names, budget):
    for name in names:
        measured = measure(program, name)
        budget[name] = round(max(measured, LINEAR) if name.startswith('linear-') else measured, 2)
    with open(BUDGET, 'w', encoding='ascii') as file:
        file.write(HEAD + ''.join(f'{name:18} {value}\n' for name, value in budget.items()))


def main():
    parser = argparse.ArgumentParser(description='Counts the instructions of the hot paths.')
    parser.add_argument('program')
    parser.add_argument('--update', action='store_true')
    parser.add_argument('names', nargs='*')
    options = parser.parse_intermixed_args()
    if not shutil.which('valgrind'):
        print('check.py: there is no valgrind')
        sys.exit(77)
    budget = read_budget()
    names = options.names or list(budget)
    if unknown := set(names) - set(budget):
        sys.exit(f'check.py: budget.txt says nothing of {", ".join(sorted(unknown))}')
    if options.update:
        update(options.program, names, budget)
    good = [check(options.program, name, budget[name]) for name in names]
    sys.exit(0 if all(good) else 1)


if __name__ == '__main__':
    main()
