"""scripts/coverage.py COVERAGE.json COVERAGE.lcov UNCOVERED.txt [--list]: what llvm-cov exported, summed up by layer, and
what of the core no test runs, held against the list of what cannot be run. --list prints it as the list would have it."""

import collections
import json
import os
import re
import sys

LAYERS = ["core", "net", "tls", "asio", "proto", "cli"]


def path_in_tree(path):
    """llvm-cov says where a file was when it was compiled, from the build directory."""
    found = re.search(r"(?:^|/)((?:src|include/unstick)/.*)$", os.path.normpath(path))
    return found.group(1) if found else None


def layer_of(path):
    return re.sub(r"^(src|include/unstick)/", "", path).split("/")[0]


def print_layers(files):
    sums = {layer: collections.Counter() for layer in LAYERS}
    for path, file in files:
        if layer_of(path) not in sums:
            continue
        for what in ("lines", "branches", "mcdc"):
            summary = file["summary"].get(what, {"count": 0, "covered": 0})
            sums[layer_of(path)][what] += summary["count"]
            sums[layer_of(path)][what + " covered"] += summary["covered"]
    for layer, has in sums.items():
        row = [f"{layer:6}"]
        for what, name in (("lines", "lines"), ("branches", "branches"), ("mcdc", "MC/DC conditions")):
            share = 100 * has[what + " covered"] / has[what] if has[what] else 0
            row.append(f"{name} {share:6.2f} % of {has[what]:5}")
        print("   ".join(row))


# What is not covered: (file, text of its line, what of it) -> the numbers of such lines. `what` is "the line does not run",
# or "CONDITION is never true" or "... never false".

class Sources:
    def __init__(self):
        self.lines = {}

    def line(self, path, number):
        if path not in self.lines:
            with open(path, encoding="utf-8") as file:
                self.lines[path] = file.read().split("\n")
        return self.lines[path][number - 1]

    def text(self, path, first, first_column, last, last_column):
        """With its white space made one blank each, so that a formatter changes nothing."""
        text = "\n".join(self.line(path, n) for n in range(first, last + 1))
        cut = len(self.line(path, last)) - (last_column - 1)
        return " ".join(text[first_column - 1: len(text) - cut].split())


def uncovered_lines(lcov, sources):
    path = None
    for row in lcov:
        if row.startswith("SF:"):
            path = path_in_tree(row[3:].strip())
        elif row.startswith("DA:") and path and layer_of(path) == "core":
            number, count = row[3:].split(",")[:2]
            if int(count) == 0:
                yield path, int(number), "the line does not run"


def of_a_switch(line, word):
    """llvm-cov calls it a branch that a switch finds no case: the compiler has seen that each enumerator has one. A case
    that never runs is a line, and "never false" means nothing there."""
    return line.startswith("switch (") or (line.startswith("case ") and word == "false")


def uncovered_branches(files, sources):
    for path, file in files:
        if layer_of(path) != "core":
            continue
        taken = collections.defaultdict(lambda: [0, 0])  # of all instantiations of a template
        for first, first_column, last, last_column, true, false, *_ in file["branches"]:
            if first == 0:
                continue
            counts = taken[first, first_column, last, last_column]
            counts[0] += true
            counts[1] += false
        for where, counts in taken.items():
            if counts == [0, 0]:
                continue  # the line is on the list
            for count, word in zip(counts, ("true", "false")):
                if count == 0 and not of_a_switch(sources.line(path, where[0]).strip(), word):
                    yield path, where[0], f"{sources.text(path, *where)} is never {word}"


def read_listed(path):
    """Files stand at the start of a line, the text of a line after two blanks, what it lacks after four, with " -- " and the
    reason, which goes on after six. "not judged: N" says how many more there may be."""
    listed = {}
    not_judged = 0
    file = text = key = None
    with open(path, encoding="utf-8") as rows:
        for row in rows:
            row = row.rstrip("\n")
            if not row.strip() or row.startswith("#"):
                continue
            blanks = len(row) - len(row.lstrip(" "))
            if row.startswith("not judged: "):
                not_judged = int(row.split()[-1])
            elif blanks == 0:
                file = row
            elif blanks == 2:
                text = row[2:]
            elif blanks == 4:
                what, _, reason = row[4:].partition(" -- ")
                key = (file, text, what)
                listed[key] = reason
            else:
                listed[key] += " " + row.strip()
    return listed, not_judged


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--list"]
    exported, lcov, uncovered = arguments
    with open(exported, encoding="utf-8") as file:
        files = [(path_in_tree(f["filename"]), f) for f in json.load(file)["data"][0]["files"]]
    files = [(path, file) for path, file in files if path]
    sources = Sources()
    found = collections.defaultdict(list)
    with open(lcov, encoding="utf-8") as rows:
        for path, number, what in (*uncovered_lines(rows, sources), *uncovered_branches(files, sources)):
            found[path, sources.line(path, number).strip(), what].append(number)
    if "--list" in sys.argv:
        previous = (None, None)
        for path, text, what in sorted(found, key=lambda key: (key[0], found[key])):
            if path != previous[0]:
                print(path)
            if (path, text) != previous:
                print("  " + text)
            print(f"    {what} -- REASON ({', '.join(map(str, found[path, text, what]))})")
            previous = (path, text)
        return 0
    print_layers(files)
    listed, may_be_missing = read_listed(uncovered)
    missing = sorted(key for key in found if not listed.get(key))
    untrue = sorted(set(listed) - set(found))
    for path, text, what in missing:
        print(f"{path}:{found[path, text, what][0]}: {what}: {text}")
    for path, text, what in untrue:
        print(f"{uncovered}: not so, take it out: {path}: {text}: {what}")
    print_layers(files)
    print(f"core: no test runs {len(found)} lines and branches; {uncovered} has the reason for {len(found) - len(missing)}, "
          f"and {may_be_missing} more may be without")
    return 1 if untrue or len(missing) > may_be_missing else 0


sys.exit(main())
