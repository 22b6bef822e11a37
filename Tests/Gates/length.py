#!/usr/bin/env python3
"""Fails on a handwritten Swift file of more than 350 lines: one subject each."""
import os
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LIMIT = 350
# Tables whose rows are the subject.
TABLES = {"BreakoutTests.swift"}
problems = []
for part in ("Sources", "Tests"):
    for folder, folders, files in os.walk(os.path.join(TOP, part)):
        # Tests/Benchmarks is a package of its own and builds in a hidden folder.
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.endswith(".swift") and "Generated" not in folder and name not in TABLES:
                path = os.path.join(folder, name)
                with open(path) as file:
                    count = sum(1 for _ in file)
                if count > LIMIT:
                    problems.append(f"{os.path.relpath(path, TOP)}: {count} lines")
print("\n".join(problems))
sys.exit(1 if problems else 0)
