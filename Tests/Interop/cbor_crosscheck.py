#!/usr/bin/env python3
"""Compares WherryCBOR with cbor2 on random values, in both directions.

usage: cbor_crosscheck.py CBORCrossCheck-executable [COUNT [SEED]]

  1. Python makes values, encodes them deterministically; Swift decodes them strictly and encodes
     what it read: the same bytes must come back.
  2. Python makes encodings that are valid but not deterministic: Swift must refuse each.
  3. Python cuts encodings short: Swift must refuse each.
  4. Swift makes values; Python decodes them and encodes them deterministically: the same bytes
     must come back.

Exits 1 on any difference. Needs python3 and cbor2 (PyPI).
"""

import random
import struct
import subprocess
import sys

import cbor2

from cbor_canonical import encode, head

EDGES = [0, 1, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
FLOATS = [0.0, -0.0, 1.5, 65504.0, 65505.0, 1e300, 5e-324, 5.960464477539063e-08, 2.0**-25, 6.097555160522461e-05,
          3.4028234663852886e38, float("inf"), float("-inf"), float("nan")]
TAGS = [6, 99, 255, 500, 65537, 2**32, 2**64 - 1]  # numbers cbor2 gives no meaning to


def integer(rng):
    value = rng.choice(EDGES) if rng.random() < 0.5 else rng.getrandbits(rng.randint(0, 64))
    return value if rng.random() < 0.6 else -1 - value


def text(rng):
    alphabet = "ab\"\\\n\0é水𐅑"
    return "".join(rng.choice(alphabet) for _ in range(rng.choice([0, 1, 5, 23, 24, 260])))


def scalar(rng):
    kind = rng.randrange(8)
    if kind < 3:
        return integer(rng)
    if kind == 3:
        return rng.choice(FLOATS) if rng.random() < 0.5 else rng.uniform(-1e6, 1e6)
    if kind == 4:
        return rng.randbytes(rng.choice([0, 1, 23, 24, 255, 256]))
    if kind == 5:
        return rng.choice([True, False, None, cbor2.undefined, cbor2.CBORSimpleValue(99)])
    return text(rng)


def value(rng, depth):
    kind = rng.randrange(10) if depth > 0 else 9
    if kind < 2:
        return [value(rng, depth - 1) for _ in range(rng.choice([0, 1, 2, 3, 4, 24]))]
    if kind < 4:
        key = rng.choice([integer, text, lambda rng: rng.randbytes(3)])
        return {key(rng): value(rng, depth - 1) for _ in range(rng.choice([0, 1, 2, 3, 4, 25]))}
    if kind == 4:
        return cbor2.CBORTag(rng.choice(TAGS), value(rng, depth - 1))
    return scalar(rng)


def spoiled(rng):
    """Well-formed CBOR, not deterministic, in one of the ways there are."""
    kind = rng.randrange(7)
    inner = encode(value(rng, 1))
    if kind == 0:  # an integer, length, count or tag in a longer form
        bits, limit = rng.choice([(8, 24), (16, 2**8), (32, 2**16), (64, 2**32)])
        major = rng.choice([0, 1, 6])
        number = rng.choice([tag for tag in TAGS if tag < limit]) if major == 6 else rng.randrange(limit)
        return bytes([major << 5 | {8: 24, 16: 25, 32: 26, 64: 27}[bits]]) + number.to_bytes(bits // 8, "big") + (
            inner if major == 6 else b"")
    if kind == 1:
        return b"\x9f" + inner + b"\xff"
    if kind == 2:
        return b"\xbf" + encode(integer(rng)) + inner + b"\xff"
    if kind == 3:
        return b"\x7f" + encode(text(rng)) + b"\xff" if rng.random() < 0.5 else b"\x5f\x41\x00\xff"
    if kind == 4:  # two keys in the wrong order, or twice
        first, second = sorted([encode(integer(rng)), encode(text(rng))])
        if rng.random() < 0.5:
            second = first
        return b"\xa2" + second + inner + first + inner
    if kind == 5:  # a float in a longer form
        return b"\xfb" + struct.pack(">d", rng.choice([0.0, 1.5, -4.0, float("inf"), 100000.0, 2.0**-25]))
    return b"\x98\x01" + inner


def nest(rng, encoded):
    """Hides an encoding inside arrays, maps and tags."""
    for _ in range(rng.randrange(5)):
        encoded = rng.choice([b"\x81", b"\x82\x00", b"\xa1\x05", head(6, 99)]) + encoded
    return encoded


def swift(program, arguments, lines):
    done = subprocess.run([program, *arguments], input="\n".join(lines), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{program} {arguments}: exit status {done.returncode}: {done.stderr}")
    return done.stdout.splitlines()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    differences = 0

    def compare(what, sent, got, wanted):
        nonlocal differences
        if len(sent) != len(got):
            sys.exit(f"{what}: {len(sent)} lines sent, {len(got)} came back")
        for line, answer in zip(sent, got):
            if not wanted(line, answer):
                differences += 1
                if differences <= 20:
                    print(f"{what}: {line[:200]}: swift says {answer[:200]}")
        print(f"{what}: {len(sent)}")

    valid = [encode(value(rng, 5)) for _ in range(count)]
    lines = [encoded.hex() for encoded in valid]
    compare("cbor2 to Swift and back", lines, swift(program, ["echo"], lines), lambda sent, got: sent == got)

    lines = [nest(rng, spoiled(rng)).hex() for _ in range(count)]
    for line in lines:
        cbor2.loads(bytes.fromhex(line))  # it is CBOR all the same
    compare("not deterministic", lines, swift(program, ["echo"], lines), lambda _, got: got.startswith("error"))

    lines = [encoded[: rng.randrange(1, len(encoded))].hex() for encoded in valid if len(encoded) > 1]
    compare("cut short", lines, swift(program, ["echo"], lines), lambda _, got: got.startswith("error"))

    lines = swift(program, ["generate", str(count), str(seed)], [])
    if len(lines) != count:
        sys.exit(f"{count} values asked of Swift, {len(lines)} came")
    again = [encode(cbor2.loads(bytes.fromhex(line))).hex() for line in lines]
    compare("Swift to cbor2 and back", lines, again, lambda sent, got: sent == got)

    print(f"{differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
