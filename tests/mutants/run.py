"""./run mutants: does a test fail for each small fault that is put into the sources?

Builds one copy of the sources that holds all mutants (mutate.py). Then each test is run once without a mutant, to learn
which mutants' places it comes to and how long it takes; and each mutant is tried on the tests that come to its place,
the short ones first, until one fails, dies or takes twenty times its time. A mutant that no test kills must stand in
equivalent.txt with the reason why no test can tell; any other one is a failure.

Which mutants are tried follows from their names: the same ones on every machine until the code changes. Some of every
file come first.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(ROOT, "build", "mutants")
TREE = os.path.join(OUT, "tree")
BUILD = os.path.join(OUT, "build")

LAYERS = ["core", "net", "asio"]
STREAM = ("src/asio/stream.cc", "include/unstick/asio/stream.h", "include/unstick/asio/framed_stream",
          "include/unstick/asio/detail/framed_stream", "include/unstick/asio/ssl_stream")
CLIENT = ("src/asio/client_", "src/asio/exchange", "src/asio/framed_client", "src/asio/backoff", "src/asio/connect.cc",
          "src/asio/happy_", "src/asio/outcome", "src/asio/operation_slot", "include/unstick/asio/framed_client",
          "include/unstick/asio/client_", "include/unstick/asio/connect.h", "include/unstick/asio/outcome",
          "include/unstick/asio/detail/exchange")
ASIO_TESTS = ["framed_client", "client_calls", "client_once", "connect", "happy_eyeballs", "framed_stream", "ssl_stream",
              "framed_server", "session", "limits", "half_close", "hostile_peers", "timer_wheel", "tls_server", "pipe"]

# What is mutated: files whose names begin so, and not so; the test programs that must notice; how many are tried.
AREAS = {
    "core": {
        "files": ("src/core", "include/unstick/core"),
        "without": ("src/core/detect", "src/core/explain", "src/core/kinds/pictures", "src/core/frame_picture"),
        "tests": ["core/core_described_framer", "core/core_units", "core/core_kernels", "core/core_walkers",
                  "core/core_bounded_memory", "golden/golden_presets", "golden/golden_streams",
                  "golden/golden_round_trip",
                  "laws/laws_plain_and_described", "laws/laws_described", "laws/laws_preset_edges", "laws/laws_inverse",
                  "laws/laws_native_header", "laws/laws_described_spec", "laws/laws_header_blocks",
                  "laws/laws_delivery", "laws/laws_harness", "laws/laws_transforms_in_place", "laws/laws_linear_time"],
        "count": 200,
    },
    "net": {
        "files": ("src/net", "include/unstick/net"),
        "without": (),
        "tests": ["net/net_" + t for t in
                  ("send", "receive", "message_stream", "body", "datagram_socket", "datagram_source", "datagram_full",
                   "transfer", "deadline", "endpoint", "socket", "descriptor", "described_framing", "multicast",
                   "netlink", "segmentation")],
        "count": 60,
    },
    "client": {
        "files": CLIENT,
        "without": (),
        "tests": ["asio/asio_" + t for t in ASIO_TESTS],
        "count": 30,
    },
    "server": {
        "files": ("src/asio", "include/unstick/asio"),
        "without": CLIENT + STREAM,
        "tests": ["asio/asio_" + t for t in ASIO_TESTS],
        "count": 40,
    },
    "stream": {  # FramedStream and Stream: not among the default ones
        "files": STREAM,
        "without": (),
        "tests": ["asio/asio_" + t for t in ("framed_stream", "pipe", "ssl_stream", "framed_client")],
        "count": 40,
    },
}
PATIENCE = 20           # times as long as without a mutant, and two seconds: then it hangs
LONGEST = 30            # a test that takes longer than this, in seconds, is left out
QUICK = 0.05            # the tests that take less are run together
MEMORY = 6 << 30        # one that needs more is killed


def say(text):
    print(text, flush=True)


def copy_tree():
    """The files that git knows and mutate.py does not write; what did not change keeps its time."""
    with open(os.path.join(OUT, "mutants.json")) as listed:
        mutated = {m["file"] for m in json.load(listed)}
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, listed):
        source, target = os.path.join(ROOT, name), os.path.join(TREE, name)
        if not os.path.exists(source) or name in mutated:
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target) or open(source, "rb").read() != open(target, "rb").read():
            shutil.copy(source, target)


def build(areas):
    say("mutants: a copy of the sources with all mutants")
    os.makedirs(OUT, exist_ok=True)
    subprocess.run([sys.executable, os.path.join(HERE, "mutate.py"), os.path.join(ROOT, "build", "dev"), OUT, *LAYERS],
                   cwd=ROOT, check=True)
    copy_tree()
    say("mutants: building")
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        subprocess.run(["cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja", "-DUNSTICK_DEVELOPER_MODE=ON",
                        "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_COMPILER=g++", "-DCMAKE_CXX_FLAGS_DEBUG=-g0",
                        f"-DCMAKE_CXX_FLAGS=-O1 -w -I{TREE} -D_GLIBCXX_ASSERTIONS"], check=True,
                       stdout=subprocess.DEVNULL)
    targets = sorted({os.path.basename(test) + "_test" for area in areas for test in AREAS[area]["tests"]})
    subprocess.run(["cmake", "--build", BUILD, "--parallel", str(os.cpu_count()), "--target", *targets], check=True,
                   stdout=subprocess.DEVNULL)


def program(test):
    return os.path.join(BUILD, "tests", test + "_test")


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(test, cases, seconds, **variables):
    """0 if these cases of the program pass, nothing if they take longer."""
    environment = dict(os.environ, GTEST_FAIL_FAST="1", GTEST_BRIEF="1", GTEST_FILTER=":".join(cases),
                       UNSTICK_TREE=TREE, **variables)
    with subprocess.Popen([program(test)], env=environment, cwd=BUILD, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, start_new_session=True,
                          preexec_fn=limit) as process:
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # a session of its own: no other process
            return None


def cases_of(test):
    listed = subprocess.run([program(test), "--gtest_list_tests"], cwd=BUILD, capture_output=True, check=True)
    suite, cases = "", []
    for line in listed.stdout.decode().splitlines():
        line = line.split("#")[0].rstrip()
        if line.startswith("  "):
            cases.append(suite + line.strip())
        elif line.endswith("."):
            suite = line
    return cases


def reached_by(test, pool):
    """{case: {"seconds", "ids"}}: what each case of a program comes to when no mutant lives."""
    kept = os.path.join(OUT, "reached", os.path.basename(test) + ".json")
    if os.path.exists(kept) and os.path.getmtime(kept) > os.path.getmtime(program(test)):
        with open(kept) as to:
            return json.load(to)
    os.makedirs(os.path.dirname(kept), exist_ok=True)

    def one(numbered):
        number, case = numbered
        out = f"{kept}.{number}"
        start = time.monotonic()
        passes = run(test, [case], 600, UNSTICK_MUTANTS_REACHED=out) == 0
        seconds = time.monotonic() - start
        ids = []
        if os.path.exists(out):
            with open(out) as lines:
                ids = [int(line) for line in lines]
            os.remove(out)
        if not passes:
            say(f"mutants: {case} of {test} fails without a mutant: left out")
        return case, {"seconds": round(seconds, 3), "ids": ids if passes else []}

    found = dict(pool.map(one, enumerate(cases_of(test))))
    with open(kept, "w") as to:
        json.dump(found, to)
    return found


def plan(area, pool):
    """{id: [(seconds, program, cases)]}, the shortest first."""
    steps = {}
    for test in area["tests"]:
        if not os.path.exists(program(test)):
            say(f"mutants: {test} is not built")  # --built
            continue
        quick = {}
        for case, found in reached_by(test, pool).items():
            seconds = found["seconds"]
            for number in found["ids"] if seconds <= LONGEST else ():
                if seconds < QUICK:
                    quick.setdefault(number, []).append((seconds, case))
                else:
                    steps.setdefault(number, []).append((seconds, test, [case]))
        for number, cases in quick.items():
            steps.setdefault(number, []).append((sum(s for s, _ in cases), test, [c for _, c in cases]))
    for found in steps.values():
        found.sort(key=lambda step: step[0])
    return steps


def killer(steps, mutant):
    for seconds, test, cases in steps.get(mutant["id"], ()):
        patience = 2 + PATIENCE * seconds
        code = run(test, cases, patience, UNSTICK_MUTANT=str(mutant["id"]))
        if code and not test.startswith(("core", "golden", "laws")):  # threads and sockets: once may be chance
            code = run(test, cases, patience, UNSTICK_MUTANT=str(mutant["id"]))
        if code != 0:
            return test
    return None


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
    mutants = [m for m in mutants if m["file"].startswith(area["files"]) and
               not m["file"].startswith(area["without"] or ("\0",))]
    if arguments.again:
        with open(os.path.join(OUT, "alive.json")) as listed:
            again = set(json.load(listed))
        return [m for m in mutants if m["name"] in again]
    if arguments.only:
        return [m for m in mutants if any(text in m["name"] for text in arguments.only)]
    mutants.sort(key=lambda m: hashlib.sha256(f"{arguments.seed} {m['name']}".encode()).digest())
    if arguments.all:
        return mutants
    first, rest, seen = [m for m in mutants if m["function"] == "by hand"], [], set()
    for mutant in mutants:
        if mutant["function"] == "by hand":
            continue
        (rest if mutant["file"] in seen else first).append(mutant)
        seen.add(mutant["file"])
    return (first + rest)[:arguments.count or area["count"]]


def run_area(name, arguments, pool):
    area = AREAS[name]
    with open(os.path.join(OUT, "mutants.json")) as listed:
        mutants = chosen(json.load(listed), arguments, area)
    if arguments.list:
        for mutant in mutants:
            say(mutant["name"])
        return []
    start = time.monotonic()
    steps = plan(area, pool)
    reasons = known()
    killed, equivalent, alive = 0, 0, []
    for mutant, by in zip(mutants, pool.map(lambda m: killer(steps, m), mutants)):
        if by is not None:
            killed += 1
            if mutant["name"] in reasons:
                say(f"not equivalent, {os.path.basename(by)} kills it: {mutant['name']}")
            elif arguments.only or mutant["function"] == "by hand":
                say(f"killed by {os.path.basename(by)}: {mutant['name']}")
        elif mutant["name"] in reasons:
            equivalent += 1
        else:
            alive.append(mutant)
            where = "ALIVE" if mutant["id"] in steps else "ALIVE, no test comes there"
            say(f"{where} {mutant['file']}:{mutant['line']}: {mutant['name']}")
    say(f"{name}: {len(mutants)} mutants, {killed} killed, {equivalent} equivalent, {len(alive)} alive; "
        f"{round(time.monotonic() - start)} s")
    return [mutant["name"] for mutant in alive]


def main():
    parser = argparse.ArgumentParser(prog="./run mutants", description=__doc__.partition("\n\n")[2],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--area", choices=sorted(AREAS), action="append", help="only this one; may be repeated")
    parser.add_argument("--count", type=int, help="how many mutants of each area")
    parser.add_argument("--seed", type=int, default=10, help="another number chooses other mutants")
    parser.add_argument("--all", action="store_true", help="every mutant: many hours")
    parser.add_argument("--only", metavar="TEXT", action="append", help="the mutants whose name holds this text")
    parser.add_argument("--again", action="store_true", help="the mutants that lived the last time")
    parser.add_argument("--list", action="store_true", help="name them and stop")
    parser.add_argument("--built", action="store_true", help="use the copy that was built last")
    arguments = parser.parse_args()
    areas = arguments.area or ["core", "net", "client", "server"]
    if not arguments.built:
        build(areas)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        alive = [name for area in areas for name in run_area(area, arguments, pool)]
    if not arguments.list:
        with open(os.path.join(OUT, "alive.json"), "w") as to:
            json.dump(alive, to, indent=1)
    sys.exit(1 if alive else 0)


if __name__ == "__main__":
    main()
