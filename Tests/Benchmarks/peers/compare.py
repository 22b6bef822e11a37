#!/usr/bin/env python3
"""Times Wherry, Docker and Podman at the same work in one machine, and weighs what each keeps running.

Run by run.sh in the machine; every figure is a median of runs that are interleaved (A B C A B C …).
--check: exit 1 where a goal is missed.
"""
import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time

from engines import ByHand, all_engines, must, run

IDLE = 20  # seconds after the last request


def make_root(folder):
    os.makedirs(f"{folder}/bin")
    for name in ["dev", "proc", "sys", "etc", "tmp"]:
        os.makedirs(f"{folder}/{name}")
    shutil.copy("/bin/busybox", f"{folder}/bin")
    for applet in ["sh", "sleep", "true"]:
        os.symlink("busybox", f"{folder}/bin/{applet}")


def timed(command):
    start = time.perf_counter()
    result = run(command)
    took = (time.perf_counter() - start) * 1000
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])}…: exit {result.returncode}: {result.stderr.strip()[-200:]}")
    return took


class Table:
    """Medians by work and engine."""

    def __init__(self, runs):
        self.runs, self.medians = runs, {}

    def measure(self, work, rows):
        """`rows`: name -> (what comes before, the command, what comes after), each called with the turn."""
        times = {name: [] for name in rows}
        for turn in range(self.runs + 1):
            for name, (before, command, after) in rows.items():
                before(turn)
                took = timed(command(turn))
                after(turn)
                if turn > 0:  # the first warms up
                    times[name].append(took)
        own = statistics.median(times["wherry"])
        for name, values in times.items():
            median = self.medians[work, name] = statistics.median(values)
            print(f"{work:22} {name:14} {median:8.1f} ms  min {min(values):8.1f}  max {max(values):8.1f}"
                  f"  wherry is {own / median:5.2f} of it", flush=True)


def nothing(turn):
    pass


def time_all(table, engines, by_hand):
    rows = {e.name: (nothing, lambda turn, e=e: e.detach(f"d{turn}"), lambda turn, e=e: e.remove([f"d{turn}"]))
            for e in [*engines, by_hand]}
    table.measure("run -d", rows)
    table.measure("run --rm true", {e.name: (nothing, lambda turn, e=e: e.once(), nothing) for e in engines})
    for e in engines:
        must(e.detach("lasting"))
    table.measure("exec true", {e.name: (nothing, lambda turn, e=e: e.exec("lasting"), nothing) for e in engines})
    table.measure("ps", {e.name: (nothing, lambda turn, e=e: e.ps(), nothing) for e in engines})

    def restart(_, e):
        e.start("lasting")
        time.sleep(0.2)  # for its handler of SIGTERM

    table.measure("stop", {
        e.name: (lambda turn, e=e: restart(turn, e), lambda turn, e=e: e.stop("lasting"), nothing) for e in engines})
    for e in engines:
        e.remove(["lasting"])
    wherry = engines[0]
    table.measure("ps, no daemon before", {
        wherry.name: (lambda turn: must(["systemctl", "stop", "wherry.service"]), lambda turn: wherry.ps(), nothing)})


def weigh_all(engines, sizes):
    """Engine -> size -> (processes, KiB)."""
    found = {}
    for e in engines:
        names = []
        for size in sizes:
            while len(names) < size:
                names.append(f"w{len(names)}")
                must(e.detach(names[-1]))
            time.sleep(IDLE)
            count, memory = found[e.name, size] = e.footprint()
            print(f"{size:3} containers, idle    {e.name:14} {count:4} processes {memory / 1024:8.1f} MiB PSS", flush=True)
        e.remove(names)
    return found


def missed(table, weights, sizes):
    """The goals that are missed, each as a line."""
    medians = table.medians
    goals = [
        ("run -d", "crun by hand", 2), ("run --rm true", "podman", 1 / 3), ("run --rm true", "docker", 1 / 3),
        ("exec true", "docker", 1 / 2), ("ps, no daemon before", "docker", 1),
    ]
    for work, peer, factor in goals:
        ratio = medians[work, "wherry"] / medians[work if (work, peer) in medians else "ps", peer]
        if ratio > factor:
            yield f"{work}: {ratio:.2f} of {peer}, the goal is {factor:.2f}"
    ratio = medians["ps, no daemon before", "wherry"] / medians["ps", "wherry"]
    if ratio > 2:
        yield f"ps, no daemon before: {ratio:.2f} of ps, the goal is 2"
    for size in sizes:
        if weights["wherry", size][0] > 0:
            yield f"{size} containers: {weights['wherry', size][0]} processes of the engine, the goal is none"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    engines = all_engines()
    sizes = [0, 10, 50]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        root = f"{scratch}/root"
        make_root(root)
        must(["tar", "-C", root, "-cf", f"{scratch}/root.tar", "."])
        for e in engines:
            e.load(f"{scratch}/root.tar")
        print("versions              ", ", ".join(f"{e.name} {e.version()}" for e in engines),
              "crun", must(["crun", "--version"]).split()[2])
        kind = must(["stat", "-f", "-c", "%T", "/var/lib"])
        print(f"storage                {kind} below /var/lib; docker {must(['docker', 'info', '-f', '{{.Driver}}'])}, "
              f"podman {must(['podman', 'info', '-f', '{{.Store.GraphDriverName}}'])}, wherry overlay")
        print(f"runs                   {options.runs} each, interleaved, medians")
        table = Table(options.runs)
        time_all(table, engines, ByHand(scratch, root))
    weights = weigh_all(engines, sizes)
    lines = list(missed(table, weights, sizes))
    for line in lines:
        print("missed:", line)
    return 1 if lines and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
