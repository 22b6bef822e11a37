#!/usr/bin/env python3
"""Writes packaging/link-order.txt: the functions that a daemon calls, in the order of their first call.

Usage: link-order.py BINARY

BINARY is an x86-64 release build that is not stripped. A daemon of it starts, makes an image, runs containers and
answers (footprint.py) under called.c. The release build after that lays these functions together. To be run again when
the footprint's ceilings fail without anything having become larger. Needs root, gcc, runc and conmon.
"""
import os
import subprocess
import sys
import tempfile

import footprint

HERE = os.path.dirname(os.path.abspath(__file__))
ORDER = os.path.join(HERE, "..", "..", "packaging", "link-order.txt")


def functions(binary):
    """"ADDRESS NAME" of each. What is no function by its type may be a table in between."""
    for line in footprint.must(["readelf", "-sW", binary]).splitlines():
        words = line.split()
        if len(words) >= 8 and words[3] == "FUNC" and words[6].isdigit() and words[7] not in ("_init", "_fini"):
            yield f"{words[1]} {words[7]}\n"


def main():
    binary = os.path.realpath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        tracer, symbols, called = (f"{folder}/{name}" for name in ("tracer", "symbols", "called"))
        footprint.must(["gcc", "-O2", "-o", tracer, os.path.join(HERE, "called.c")])
        with open(symbols, "w") as file:
            file.writelines(functions(binary))
        daemon = footprint.Daemon(binary, footprint.make_image(folder), [tracer, called, symbols])
        try:
            daemon.exercise()
        finally:
            daemon.end()
        subprocess.run(["cp", called, ORDER], check=True)
        with open(ORDER) as file:
            print(f"{sum(1 for _ in file)} functions")


main()
