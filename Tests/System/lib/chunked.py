#!/usr/bin/env python3
"""Reads zstd:chunked layers by the format of containers/storage, from nothing but its description, and damages them.

chunked.py check REGISTRY NAME TAG: every layer of the image is looked at: annotations, footer, contents, tar-split, each
chunk's frame and digest; the archive that the tar-split and the chunks give has the diff ID, and so has what `zstd -d` gives
of the blob. Prints for each layer its size, its files, its chunks and the bytes of its lists.
chunked.py size REGISTRY NAME TAG: the size of its last layer.
chunked.py damage REGISTRY NAME TAG NEW HOW: pushes the image as NEW with its last layer's contents damaged, which the
annotations cover all the same but for `checksum`.
"""
import base64
import hashlib
import json
import struct
import subprocess
import sys
import urllib.request

PREFIX = "io.github.containers.zstd-chunked."
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def zstd(data, *arguments):
    return subprocess.run(["zstd", "-qc", *arguments], input=data, capture_output=True, check=True).stdout


def request(url, method="GET", data=None, **headers):
    call = urllib.request.Request(url, data, {key.replace("_", "-"): value for key, value in headers.items()}, method=method)
    with urllib.request.urlopen(call) as answer:
        return answer.read(), answer.headers


class Image:
    def __init__(self, registry, name, tag):
        self.base = f"http://{registry}/v2/{name}"
        self.registry = registry
        self.manifest = json.loads(request(f"{self.base}/manifests/{tag}", Accept=MANIFEST)[0])
        self.config = json.loads(self.blob(self.manifest["config"]["digest"]))

    def blob(self, digest):
        return request(f"{self.base}/blobs/{digest}")[0]

    def put_blob(self, data):
        where = request(f"{self.base}/blobs/uploads/", "POST", b"")[1]["Location"]
        where = where if where.startswith("http") else f"http://{self.registry}{where}"
        request(f"{where}{'&' if '?' in where else '?'}digest={sha256(data)}", "PUT", data, Content_Type="application/octet-stream")

    def put_manifest(self, tag):
        request(f"{self.base}/manifests/{tag}", "PUT", json.dumps(self.manifest).encode(), Content_Type=MANIFEST)


class Lists:
    """Contents and tar-split of a layer."""

    def __init__(self, layer, blob):
        notes = layer["annotations"]
        self.at, self.length, unpacked, kind = map(int, notes[PREFIX + "manifest-position"].split(":"))
        self.split_at, self.split_length, split_unpacked = map(int, notes[PREFIX + "tarsplit-position"].split(":"))
        self.packed = blob[self.at:self.at + self.length]
        split = blob[self.split_at:self.split_at + self.split_length]
        assert kind == 1 and sha256(self.packed) == notes[PREFIX + "manifest-checksum"]
        text = zstd(self.packed, "-d")
        self.contents = json.loads(text)
        split_text = zstd(split, "-d")
        assert len(text) == unpacked and len(split_text) == split_unpacked
        assert self.contents["version"] == 1 and self.contents["tarSplitDigest"] == sha256(split)
        self.split = [json.loads(line) for line in split_text.splitlines()]


def crc64(data):
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xD800000000000000 if value & 1 else 0)
        table.append(value)
    value = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        value = table[(value ^ byte) & 255] ^ value >> 8
    return struct.pack(">Q", value ^ 0xFFFFFFFFFFFFFFFF)


def check_layer(layer, blob, diff_id):
    assert layer["mediaType"] == "application/vnd.oci.image.layer.v1.tar+zstd" and len(blob) == layer["size"]
    lists = Lists(layer, blob)
    footer = blob[-72:]
    assert footer[:8] == bytes.fromhex("502a4d18") + struct.pack("<I", 64) and footer[-8:] == b"GNUlInUx"
    numbers = struct.unpack("<7Q", footer[8:-8])
    assert numbers[:2] == (lists.at, lists.length) and numbers[3] == 1
    assert numbers[4:6] == (lists.split_at, lists.split_length)
    files, chunks, position = {}, 0, 0
    entries = lists.contents["entries"]
    for index, entry in enumerate(entries):
        if entry["type"] == "chunk":
            continue
        assert entry["name"] not in files
        files[entry["name"]] = b""
        if entry["type"] != "reg" or not entry.get("size"):
            continue
        parts = [entry]
        for more in entries[index + 1:]:
            if more["type"] != "chunk":
                break
            parts.append(more)
        data = b""
        for number, part in enumerate(parts):
            end = parts[number + 1]["offset"] if number + 1 < len(parts) else entry["endOffset"]
            assert position <= part["offset"] < end <= lists.at and part.get("chunkOffset", 0) == len(data)
            position = end
            piece = zstd(blob[part["offset"]:end], "-d")
            if len(parts) > 1:
                assert sha256(piece) == part["chunkDigest"] and len(piece) == part["chunkSize"]
                if part.get("chunkType") == "zeros":
                    assert piece.count(0) == len(piece)
            data += piece
            chunks += 1
        assert sha256(data) == entry["digest"] and len(data) == entry["size"]
        files[entry["name"]] = data
    archive = []
    for place, item in enumerate(lists.split):
        assert item["position"] == place
        if item["type"] == 2:
            archive.append(base64.b64decode(item["payload"]))
        else:
            data = files.pop(item["name"])
            assert item.get("size", 0) == len(data)
            # Slow in Python.
            if 0 < len(data) < 2000:
                assert base64.b64decode(item["payload"]) == crc64(data)
            archive.append(data)
    assert not files, list(files)[:5]
    assert sha256(b"".join(archive)) == diff_id and sha256(zstd(blob, "-d")) == diff_id
    print(layer["size"], len([e for e in entries if e["type"] == "reg"]), chunks, lists.length + lists.split_length)


def check(image):
    for layer, diff_id in zip(image.manifest["layers"], image.config["rootfs"]["diff_ids"]):
        check_layer(layer, image.blob(layer["digest"]), diff_id)


def damage(image, tag, how):
    layer = image.manifest["layers"][-1]
    blob = image.blob(layer["digest"])
    notes, lists = layer["annotations"], Lists(layer, blob)
    files = [e for e in lists.contents["entries"] if e.get("digest")]
    text = None
    if how == "checksum":
        notes[PREFIX + "manifest-checksum"] = sha256(b"something else")
    elif how == "position":
        notes[PREFIX + "manifest-position"] = f"{len(blob) - 10}:{1 << 40}:100:1"
    elif how == "digest":
        for entry in files:
            entry["digest"] = sha256(entry["name"].encode())
    elif how == "outside":
        files[-1]["endOffset"] = 1 << 45
    elif how == "overflow":
        files[-1]["size"] = (1 << 63) - 1
        files[0]["offset"] = (1 << 64) - 1
    elif how == "backwards":
        files[0]["offset"], files[-1]["offset"] = files[-1]["offset"], files[0]["offset"]
    elif how == "swapped":
        # Both are true of some file, and what comes of it has another diff ID.
        files[0]["digest"], files[1]["digest"] = files[1]["digest"], files[0]["digest"]
    elif how == "garbage":
        text = b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[{\"a\":"
    elif how == "bomb":
        text = b"{\"version\":1,\"entries\":[" + b" " * (100 << 20)
    else:
        sys.exit(f"unknown damage {how}")
    if how not in ("checksum", "position"):
        text = json.dumps(lists.contents).encode() if text is None else text
        packed = zstd(text)
        blob = blob[:lists.at - 8] + struct.pack("<II", 0x184D2A50, len(packed)) + packed
        split = blob_part(image, layer, lists)
        at = len(blob) + 8
        blob += struct.pack("<II", 0x184D2A50, len(split)) + split
        notes[PREFIX + "manifest-checksum"] = sha256(packed)
        notes[PREFIX + "manifest-position"] = f"{lists.at}:{len(packed)}:{min(len(text), 4 << 20)}:1"
        notes[PREFIX + "tarsplit-position"] = f"{at}:{len(split)}:{1 << 20}"
        image.put_blob(blob)
        layer["digest"], layer["size"] = sha256(blob), len(blob)
    image.put_manifest(tag)


def blob_part(image, layer, lists):
    return image.blob(layer["digest"])[lists.split_at:lists.split_at + lists.split_length]


if sys.argv[1] == "size":
    print(Image(*sys.argv[2:5]).manifest["layers"][-1]["size"])
elif sys.argv[1] == "check":
    check(Image(*sys.argv[2:5]))
else:
    damage(Image(*sys.argv[2:5]), sys.argv[5], sys.argv[6])
