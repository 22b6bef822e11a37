#!/usr/bin/env python3
"""check_capture.py FILE…: checks what WHERRY_CAPTURE has written against wherry.cddl.

A capture is a CBOR sequence of [direction, microseconds, message]: 0 sent, 1 received. Connections follow each other,
each from its hello. Prints a line a file; exit code 1 where a message is not what the schema says.
"""
import io
import os
import sys

import cbor2

from schema import Schema, Watch
from wherry_client import HELLO, decode

CDDL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Sources/WherryWire/wherry.cddl")


def records(data):
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        direction, microseconds, message = cbor2.load(stream)
        if microseconds < 1 << 50:
            raise ValueError(f"{microseconds} us is not a time of this century")
        yield ("sent", "received")[direction], message


def check(path, schema):
    """Gives how many messages each direction had."""
    with open(path, "rb") as file:
        data = file.read()
    watch, totals = Watch(schema), {"sent": 0, "received": 0}
    for number, (direction, content) in enumerate(records(data), 1):
        try:
            message = decode(content)
            if message[0] == HELLO and direction == "sent":
                watch = Watch(schema)
            watch(direction, message, content)
        except Exception as error:
            raise ValueError(f"{path}: record {number}, {direction}: {error}: {content.hex()[:200]}") from error
        totals[direction] += 1
    if not all(totals.values()):
        raise ValueError(f"{path}: nothing was sent, or nothing received")
    return totals


if __name__ == "__main__":
    schema = Schema(CDDL)
    failed = False
    for name in sys.argv[1:]:
        try:
            totals = check(name, schema)
            print(f"{name}: {totals['sent']} sent, {totals['received']} received, all as in the schema")
        except (ValueError, OSError) as error:
            failed = True
            print(error, file=sys.stderr)
    sys.exit(1 if failed or len(sys.argv) < 2 else 0)
