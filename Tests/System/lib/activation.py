#!/usr/bin/env python3
"""activation.py RUNS COMMAND…: times COMMAND where it has to start the daemon beside where it finds it running.

Prints both medians in milliseconds and their ratio; both kinds take turns, so that a machine whose speed drifts drifts
for both.
"""
import statistics
import subprocess
import sys
import time


def quietly(*command):
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def milliseconds(command):
    start = time.perf_counter()
    quietly(*command)
    return (time.perf_counter() - start) * 1000


def main():
    runs, command = int(sys.argv[1]), sys.argv[2:]
    cold, warm = [], []
    for turn in range(runs + 1):
        quietly("systemctl", "stop", "wherry.service")
        taken = milliseconds(command), milliseconds(command)
        # The first fills the page cache.
        if turn > 0:
            cold.append(taken[0])
            warm.append(taken[1])
    cold, warm = statistics.median(cold), statistics.median(warm)
    print(f"{cold:.1f} {warm:.1f} {cold / warm:.2f}")


main()
