#!/usr/bin/env python3
"""Counts instructions and allocations of the RPC's hot paths and holds them against thresholds.tsv. Prints TAP.

Usage: instructions.py PEER [--update]

PEER is a release build of rpc-bench-wherry. Each path is run N and 2N times: the difference is what N calls cost,
without starting and setting up. Callgrind counts instructions, so the machine's speed and load do not matter.
--update writes thresholds.tsv anew from what was counted; it is for whoever made a path faster, or knows why it is slower.
"""
import os
import platform
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
THRESHOLDS = os.path.join(HERE, "thresholds.tsv")
TIMES = {"large-item": 40, "list-encode": 20, "list-decode": 20}
ABOVE, BELOW = 1.05, 0.85


def output(command, **environment):
    # Dictionaries with a random seed would not be laid out the same twice.
    environment = {"PATH": os.environ["PATH"], "SWIFT_DETERMINISTIC_HASHING": "1", **environment}
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        raise SystemExit(f"Bail out! {' '.join(command)}: exit {result.returncode}\n{result.stderr}")
    return result.stdout, result.stderr


def instructions(command):
    _, log = output(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command])
    return int(re.search(r"Collected : (\d+)", log).group(1))


def allocations(command, counter):
    return int(re.search(r"allocations (\d+)", output(command, LD_PRELOAD=counter)[1]).group(1))


def each(count, peer, path):
    """What one call of a hot path costs."""
    times = TIMES.get(path, 200)
    once, twice = (count([peer, "instructions", path, str(n)]) for n in (times, 2 * times))
    return round((twice - once) / times)


def read_thresholds():
    with open(THRESHOLDS) as file:
        rows = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {path: (int(instructions), int(allocations)) for path, instructions, allocations in rows}


def verdict(counted, threshold):
    if counted > threshold * ABOVE:
        return "above its threshold"
    if counted < threshold * BELOW:
        return "well below its threshold: lower that (--update)"
    return None


def main():
    peer = os.path.abspath(sys.argv[1])
    if platform.machine() != "x86_64":
        print(f"1..1\nok 1 counts # skip the thresholds are for x86-64, this is {platform.machine()}")
        return 0
    paths = output([peer, "hot-paths"])[0].split()
    with tempfile.TemporaryDirectory() as folder:
        # Debian 12's valgrind gives up on the debug information of current compilers.
        output(["objcopy", "--strip-debug", peer, os.path.join(folder, "peer")])
        peer = os.path.join(folder, "peer")
        counter = os.path.join(folder, "allocations.so")
        output(["cc", "-O2", "-shared", "-fPIC", "-o", counter, os.path.join(HERE, "allocations.c")])
        counts = {
            path: (each(instructions, peer, path), each(lambda command: allocations(command, counter), peer, path))
            for path in paths
        }
    if "--update" in sys.argv:
        with open(THRESHOLDS, "w") as file:
            file.write("# What one call of a hot path may cost on x86-64 in a release build: see instructions.py.\n")
            file.write("# path instructions allocations\n")
            for path, (cost, blocks) in counts.items():
                file.write(f"{path}\t{cost}\t{blocks}\n")
    thresholds = read_thresholds()
    failed = 0
    print(f"1..{2 * len(paths)}")
    for number, (path, subject) in enumerate((p, s) for p in paths for s in (0, 1)):
        what = ("instructions", "allocations")[subject]
        counted, threshold = counts[path][subject], thresholds.get(path, (0, 0))[subject]
        problem = verdict(counted, threshold)
        failed += problem is not None
        print(f"{'not ok' if problem else 'ok'} {number + 1} {path}: {counted} {what}, threshold {threshold}"
              + (f": {problem}" if problem else ""))
    return 1 if failed else 0


sys.exit(main())
