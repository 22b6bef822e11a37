#!/usr/bin/env python3
"""Damages what Wherry has on disk, at random but by a seed. Standard library only.

damage.py files TREE SEED COUNT: damages COUNT files of a layer; prints `KIND /PATH` of each.
damage.py record FILE SEED: cuts a record off or flips a bit of it.
damage.py unlist LAYER: makes a layer one of an older Wherry, without a list of its files.
damage.py state TREE: every file's type, mode, owner, size, and digest or target.
damage.py boot STATE cut|orderly: makes the boot before this one end so.
damage.py ended STATE: how the daemon says that it ended.
damage.py layer STATE DIFFIDS POSITION: folder of one of an image's layers (image-spec config.md, "Layer ChainID").
"""
import hashlib
import json
import os
import random
import stat
import sys


def walk(tree):
    for folder, folders, files in os.walk(tree):
        for name in sorted(folders + files):
            path = os.path.join(folder, name)
            yield "/" + os.path.relpath(path, tree), path, os.lstat(path)


def keeping_times(path):
    status = os.lstat(path)
    return lambda: os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)


def flip(path, status, rng):
    with open(path, "r+b") as file:
        at = rng.randrange(status.st_size)
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << rng.randrange(8)]))


def damage_files(tree, seed, count):
    rng = random.Random(seed)
    entries = sorted(walk(tree))
    # Other names of a file would be damaged with it.
    regular = [
        entry for entry in entries
        if stat.S_ISREG(entry[2].st_mode) and entry[2].st_size > 0 and entry[2].st_nlink == 1
    ]
    links = [entry for entry in entries if stat.S_ISLNK(entry[2].st_mode)]
    folders = [entry for entry in entries if stat.S_ISDIR(entry[2].st_mode)]
    rng.shuffle(regular)
    rng.shuffle(links)
    for number in range(count):
        kind = rng.choice(["regular", "regular", "regular", "link", "extra"])
        if kind == "regular":
            name, path, status = regular.pop()
            kind = rng.choice(["empty", "flip", "missing", "mode", "owner", "truncated", "kind"])
        elif kind == "link":
            name, path, status = links.pop()
            kind = rng.choice(["missing", "target", "kind"])
        else:
            folder = rng.choice(folders)
            name, path = f"{folder[0]}/extra-{number}", f"{folder[1]}/extra-{number}"
        parent = keeping_times(os.path.dirname(path))
        if kind == "empty":
            os.truncate(path, 0)
        elif kind == "truncated":
            os.truncate(path, status.st_size - 1)
        elif kind == "flip":
            flip(path, status, rng)
        elif kind == "missing":
            os.unlink(path)
        elif kind == "mode":
            os.chmod(path, stat.S_IMODE(status.st_mode) ^ 0o111)
        elif kind == "owner":
            os.chown(path, 4711, 4712)
            os.chmod(path, stat.S_IMODE(status.st_mode))
        elif kind == "target":
            os.unlink(path)
            os.symlink("elsewhere", path)
        elif kind == "kind":
            os.unlink(path)
            os.mkdir(path)
        elif kind == "extra":
            with open(path, "w") as file:
                file.write("not of this layer\n")
        parent()
        print(kind, name)


def damage_record(path, seed):
    rng = random.Random(f"{seed} {os.path.basename(path)}")
    size = os.path.getsize(path)
    if rng.random() < 0.5:
        os.truncate(path, rng.randrange(size))
        print("cut off", path)
    else:
        flip(path, os.lstat(path), rng)
        print("flipped a bit of", path)


def head(kind, length):
    if length < 24:
        return bytes([kind << 5 | length])
    width = 1 if length < 256 else 2
    return bytes([kind << 5 | 23 + width]) + length.to_bytes(width, "big")


def unlist(layer):
    """A record is {1: version, 2: checksum, 3: payload}; the payload's keys from 6 on go."""
    path = f"{layer}/layer.cbor"
    with open(path, "rb") as file:
        data = file.read()
    payload = data[data.index(b"\x03", 70) + 1 :]
    payload = payload[{0x58: 2, 0x59: 3}[payload[0]] :]
    count, body = payload[0] & 31, payload[1:]
    at = [body.find(bytes([key, 0x78, 71]) + b"sha256:") for key in (6, 7, 8)]
    at = [position for position in at if position >= 0]
    kept = bytes([0xA0 | count - len(at)]) + body[: min(at)]
    write_record(path, kept)
    os.unlink(f"{layer}/files")


def write_record(path, payload):
    checksum = "sha256:" + hashlib.sha256(b"\x01" + payload).hexdigest()
    with open(path, "wb") as file:
        file.write(b"\xa3\x01\x01\x02" + head(3, len(checksum)) + checksum.encode())
        file.write(b"\x03" + head(2, len(payload)) + payload)


def boot(state_folder, how):
    """The stamp of another boot, {1: its ID, 2: flags: 1 for an orderly end}."""
    name = "00000000-0000-0000-0000-000000000000"
    write_record(f"{state_folder}/boot", b"\xa2\x01" + head(3, len(name)) + name.encode() + b"\x02" + bytes([how == "orderly"]))


def ended(state_folder):
    with open(f"{state_folder}/boot", "rb") as file:
        return "orderly" if file.read()[-1] & 1 else "cut"


def state(tree):
    for name, path, status in sorted(walk(tree)):
        if stat.S_ISLNK(status.st_mode):
            content = os.readlink(path)
        elif stat.S_ISREG(status.st_mode):
            with open(path, "rb") as file:
                content = hashlib.sha256(file.read()).hexdigest()
        else:
            content = status.st_rdev
        print(name, oct(status.st_mode), status.st_uid, status.st_gid, content)


def layer(state_folder, diffs, position):
    chain, *rest = json.loads(diffs)[: position + 1]
    for diff in rest:
        chain = "sha256:" + hashlib.sha256(f"{chain} {diff}".encode()).hexdigest()
    print(f"{state_folder}/layers/{chain[7:]}")


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    if verb == "files":
        damage_files(rest[0], int(rest[1]), int(rest[2]))
    elif verb == "record":
        damage_record(rest[0], int(rest[1]))
    elif verb == "unlist":
        unlist(rest[0])
    elif verb == "boot":
        boot(rest[0], rest[1])
    elif verb == "ended":
        print(ended(rest[0]))
    elif verb == "layer":
        layer(rest[0], rest[1], int(rest[2]))
    else:
        state(rest[0])
