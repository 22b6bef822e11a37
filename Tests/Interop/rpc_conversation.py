#!/usr/bin/env python3
"""Talks to the real daemon with wherry_client.py, which was written from the specification alone. Prints TAP.

rpc_conversation.py WHERRY [wherry.cddl]

Every message in both directions is validated against the schema, by its kind and, for requests, responses and items,
by the rules of its method.
"""
import inspect
import os
import resource
import sys
import traceback

from conversations import access, calls, flow, streams
from world import World

SUBJECTS = [calls, streams, access, flow]


def conversations():
    for subject in SUBJECTS:
        for name, function in vars(subject).items():
            if inspect.isfunction(function) and function.__module__ == subject.__name__ \
                    and list(inspect.signature(function).parameters) == ["world"]:
                yield name.replace("_", " "), function


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, max(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    world = World(os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
    failed = 0
    try:
        planned = list(conversations())
        print(f"1..{len(planned)}")
        for number, (name, conversation) in enumerate(planned, 1):
            try:
                note = conversation(world)
                print(f"ok {number} {name}" + (f": {note}" if note else ""), flush=True)
            except Exception:
                failed += 1
                print(f"not ok {number} {name}")
                print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="", flush=True)
    finally:
        world.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
