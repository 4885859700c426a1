"""./run mutants: does a test fail for each small fault that is put into the sources?

    run.py [--count N] [--all] [--only TEXT] [--area core|net|asio] [--list]

Builds one copy of the sources that holds all mutants (mutate.py) and runs the tests of the area once for each mutant,
the quick ones first, until one fails. A mutant that no test kills must stand in equivalent.txt with the reason why no
test can tell; any other one is a failure. Which N mutants are tried follows from their names, so the same ones are
tried on every machine until the code changes.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(ROOT, "build", "mutants")
TREE = os.path.join(OUT, "tree")
BUILD = os.path.join(OUT, "build")

# What is mutated, and the test programs that must notice, quick ones first. `count`: mutants tried by default.
AREAS = {
    "core": {
        "subjects": ["src/core", "include/unstick/core"],
        "without": ["src/core/detect", "src/core/explain", "src/core/kinds/pictures", "src/core/frame_picture"],
        "tests": ["tests/core/core_described_framer_test", "tests/core/core_units_test", "tests/core/core_kernels_test",
                  "tests/laws/laws_plain_and_described_test", "tests/golden/golden_presets_test",
                  "tests/core/core_walkers_test", "tests/laws/laws_described_test", "tests/laws/laws_preset_edges_test",
                  "tests/laws/laws_inverse_test", "tests/core/core_bounded_memory_test",
                  "tests/laws/laws_native_header_test", "tests/laws/laws_described_spec_test"],
        "count": 300,
    },
    "net": {
        "subjects": ["src/net", "include/unstick/net"],
        "without": [],
        "tests": ["tests/net/net_send_test", "tests/net/net_receive_test", "tests/net/net_message_stream_test",
                  "tests/net/net_datagram_socket_test", "tests/net/net_transfer_test", "tests/net/net_deadline_test",
                  "tests/net/net_endpoint_test", "tests/net/net_body_test", "tests/net/net_socket_test"],
        "count": 60,
    },
    "asio": {
        "subjects": ["src/asio", "include/unstick/asio"],
        "without": [],
        "tests": ["tests/asio/asio_framed_client_test", "tests/asio/asio_framed_server_test"],
        "count": 60,
    },
}
SECONDS = 120           # a test that runs longer than this on a mutant has killed it
MEMORY = 6 << 30        # so has one that needs more


def say(text):
    print(text, flush=True)


def copy_tree():
    """The files that git knows, so that nothing of a build comes along; what did not change keeps its time."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, listed):
        source, target = os.path.join(ROOT, name), os.path.join(TREE, name)
        if not os.path.exists(source):
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target) or open(source, "rb").read() != open(target, "rb").read():
            shutil.copy(source, target)


def build(area):
    say("mutants: a copy of the sources with all mutants")
    stamp = os.path.join(OUT, "sources")
    copy_tree()
    subprocess.run([sys.executable, os.path.join(HERE, "mutate.py"), os.path.join(ROOT, "build", "dev"), OUT,
                    *area["subjects"]], cwd=ROOT, check=True)
    with open(stamp, "w") as to:
        to.write(time.strftime("%F %T\n"))
    say("mutants: building")
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        subprocess.run(["cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja", "-DUNSTICK_DEVELOPER_MODE=ON",
                        "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_COMPILER=g++", "-DCMAKE_CXX_FLAGS_DEBUG=-g0",
                        f"-DCMAKE_CXX_FLAGS=-O1 -w -I{TREE} -D_GLIBCXX_ASSERTIONS"], check=True,
                       stdout=subprocess.DEVNULL)
    targets = [os.path.basename(test) for test in area["tests"]]
    subprocess.run(["cmake", "--build", BUILD, "--parallel", str(os.cpu_count()), "--target", *targets], check=True,
                   stdout=subprocess.DEVNULL)


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def fails(test, mutant):
    """True if the test program notices."""
    environment = dict(os.environ, UNSTICK_MUTANT=str(mutant), GTEST_FAIL_FAST="1", GTEST_BRIEF="1")
    try:
        done = subprocess.run([os.path.join(BUILD, test)], env=environment, cwd=BUILD, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=SECONDS, preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def killer(area, mutant):
    return next((test for test in area["tests"] if fails(test, mutant["id"])), None)


def known():
    """{name: reason} out of equivalent.txt: a reason after #, and the mutants that it holds for below it."""
    reasons, reason = {}, ""
    with open(os.path.join(HERE, "equivalent.txt")) as lines:
        for line in map(str.rstrip, lines):
            if line.startswith("#"):
                reason = line[1:].strip()
            elif line:
                reasons[line] = reason
    return reasons


def chosen(mutants, arguments, area):
    if arguments.only:
        return [m for m in mutants if arguments.only in m["name"]]
    mutants = [m for m in mutants if not m["file"].startswith(tuple(area["without"]) or ("\0",))]
    if arguments.all:
        return mutants
    count = arguments.count or area["count"]
    return sorted(mutants, key=lambda m: hashlib.sha256(m["name"].encode()).digest())[:count]


def run_area(name, arguments):
    area = AREAS[name]
    if not arguments.built:
        build(area)
    with open(os.path.join(OUT, "mutants.json")) as listed:
        mutants = chosen(json.load(listed), arguments, area)
    if arguments.list:
        for mutant in mutants:
            say(f"{mutant['name']}")
        return 0
    for test in area["tests"]:
        if fails(test, 0):
            sys.exit(f"mutants: {test} fails without a mutant")
    reasons = known()
    killed, equivalent, alive = 0, 0, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, by in zip(mutants, pool.map(lambda m: killer(area, m), mutants)):
            if by is not None:
                killed += 1
                if mutant["name"] in reasons:
                    say(f"not equivalent, {os.path.basename(by)} kills it: {mutant['name']}")
            elif mutant["name"] in reasons:
                equivalent += 1
            else:
                alive.append(mutant)
                say(f"ALIVE {mutant['file']}:{mutant['line']}: {mutant['name']}")
    say(f"{name}: {len(mutants)} mutants, {killed} killed, {equivalent} equivalent, {len(alive)} alive")
    return len(alive)


def main():
    parser = argparse.ArgumentParser(prog="./run mutants")
    parser.add_argument("--area", choices=sorted(AREAS), action="append")
    parser.add_argument("--count", type=int, help="how many mutants of each area")
    parser.add_argument("--all", action="store_true", help="every mutant: some hours")
    parser.add_argument("--only", metavar="TEXT", help="the mutants whose name holds this text")
    parser.add_argument("--list", action="store_true", help="name them and stop")
    parser.add_argument("--built", action="store_true", help="use the copy that was built last, of one area")
    arguments = parser.parse_args()
    alive = sum(run_area(name, arguments) for name in arguments.area or sorted(AREAS))
    sys.exit(1 if alive else 0)


if __name__ == "__main__":
    main()
