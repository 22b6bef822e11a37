#!/usr/bin/env python3
"""A registry that misbehaves. Standard library only.

stub_registry.py PORT FOLDER LOG: serves one image, made of FOLDER/layer.tar and a layer
for the mode, under every name of the form MODE/ANY:TAG. The MODE says what goes wrong (see `class Handler`);
`good` is without fault. Each request is a line of LOG, and what went out of each blob one of LOG.bytes: path, first byte,
number of bytes. Modes that begin with `resume` are slow for a blob's first request only, those with `big-` never. STUB_FAST=1 in the environment: nothing is slow.
"""
import functools
import gzip
import hashlib
import http.server
import io
import json
import os
import random
import sys
import tarfile
import threading
import time

PORT, FOLDER, LOG = int(sys.argv[1]), sys.argv[2], sys.argv[3]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
lock = threading.Lock()
counts = {}


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(media_type, data, **more):
    return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}


def layer(name, size):
    """A tar of one file whose bytes depend on its name alone and do not compress."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo(name)
        info.size = size
        tar.addfile(info, io.BytesIO(random.Random(name).randbytes(size)))
    return out.getvalue()


class Image:
    """Blobs and a manifest."""

    def __init__(self, tars, architecture=None, diff_ids=None, compress=1):
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
        blobs = [gzip.compress(tar, compress, mtime=0) for tar in tars]
        config = json.dumps({
            "architecture": architecture or machine, "os": "linux",
            "config": {"Cmd": ["sh"], "Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids or [digest(tar) for tar in tars]},
        }).encode()
        self.document = {
            "schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, config),
            "layers": [descriptor(LAYER, blob) for blob in blobs],
        }
        self.manifest = json.dumps(self.document).encode()
        self.blobs = {digest(blob): blob for blob in [config, *blobs]}
        self.config = digest(config)
        self.layers = [digest(blob) for blob in blobs]


with open(os.path.join(FOLDER, "layer.tar"), "rb") as file:
    SMALL = file.read()
BIG_MODES = {"slow", "slow-interrupted", "cut-once", "cut-always", "slow-once"}


def is_big(mode):
    return mode in BIG_MODES or mode.startswith(("resume", "big-"))


def is_slow(mode, first):
    return mode in ("slow", "slow-interrupted") or (first and (mode == "slow-once" or mode.startswith("resume")))


@functools.lru_cache(maxsize=None)
def make_image(mode):
    if is_big(mode):
        return Image([SMALL, layer(f"big-{mode}", 30 << 20)], compress=0)
    tars = [SMALL, layer(f"of-{mode}", 10000)]
    if mode == "wrong-diff-id":
        return Image(tars, diff_ids=[digest(SMALL), digest(b"something else")])
    if mode == "other-platform":
        return Image(tars, architecture="s390x")
    return Image(tars)


def image_of(mode):
    with lock:
        return make_image(mode)


def manifest_of(mode):
    """What is served for a tag: media type and bytes."""
    image = image_of(mode)
    if mode == "other-platform":
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [
            descriptor(MANIFEST, image.manifest, platform={"os": "linux", "architecture": "s390x"})]}
        return INDEX, json.dumps(index).encode()
    if mode == "huge-manifest":
        return MANIFEST, json.dumps({**image.document, "annotations": {"x": "y" * (5 << 20)}}).encode()
    if mode == "both-kinds":
        return MANIFEST, json.dumps({**image.document, "manifests": []}).encode()
    if mode == "duplicate-keys":
        return MANIFEST, image.manifest[:-1] + b', "schemaVersion": 2}'
    if mode == "bad-digest":
        layers = [{**image.document["layers"][0], "digest": "sha256:../../../etc/passwd"}]
        return MANIFEST, json.dumps({**image.document, "layers": layers}).encode()
    if mode == "not-json":
        return MANIFEST, b"<html>Welcome to the hotel's wireless network</html>"
    return MANIFEST, image.manifest


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self, status):
        with lock, open(LOG, "a") as log:
            log.write(f"{self.command} {self.path} {status}\n")

    def answer(self, status, body=b"", headers=None, length=None):
        self.note(status)
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, message, headers=None):
        body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        self.answer(status, body, {"Content-Type": "application/json", **(headers or {})})

    def nth(self, key):
        with lock:
            counts[key] = counts.get(key, 0) + 1
            return counts[key]

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/v2/":
            return self.answer(200, b"{}")
        if path.startswith("/token"):
            return self.answer(200, b'{"token": "let-me-in"}', {"Content-Type": "application/json"})
        parts = path.strip("/").split("/")
        if len(parts) < 5 or parts[-2] not in ("manifests", "blobs"):
            return self.refuse(404, "NAME_UNKNOWN", "repository name not known to registry")
        mode, kind, reference = parts[1], parts[-2], parts[-1]
        if mode == "token" and self.headers.get("Authorization") != "Bearer let-me-in":
            challenge = f'Bearer realm="http://127.0.0.1:{PORT}/token",service="stub",scope="repository:{"/".join(parts[1:-2])}:pull"'
            return self.refuse(401, "UNAUTHORIZED", "authentication required", {"WWW-Authenticate": challenge})
        if mode == "unauthorized":
            return self.refuse(401, "UNAUTHORIZED", "authentication required", {"WWW-Authenticate": 'Basic realm="stub"'})
        if mode == "forbidden":
            return self.refuse(403, "DENIED", "requested access to the resource is denied")
        if mode == "broken":
            return self.refuse(500, "UNKNOWN", "the registry is on fire")
        if mode == "flaky" and self.nth(path) <= 1:
            return self.refuse(503, "UNAVAILABLE", "try again")
        if kind == "manifests":
            return self.do_manifest(mode, reference)
        return self.do_blob(mode, reference, path)

    def do_manifest(self, mode, reference):
        media_type, body = manifest_of(mode)
        if reference.startswith("sha256:") and reference != digest(body):
            body = image_of(mode).manifest
            media_type = MANIFEST
            if reference != digest(body) and mode != "wrong-manifest":
                return self.refuse(404, "MANIFEST_UNKNOWN", "manifest unknown")
        self.answer(200, body, {"Content-Type": media_type, "Docker-Content-Digest": digest(body)})

    def do_blob(self, mode, reference, path):
        image = image_of(mode)
        data = image.blobs.get(reference)
        if data is None:
            return self.refuse(404, "BLOB_UNKNOWN", "blob unknown to registry")
        is_config = reference == image.config
        is_last = reference == image.layers[-1]
        if mode == "redirect" and "again" not in self.path:
            return self.answer(307, b"", {"Location": f"{path}?again=1"})
        if mode == "redirect-loop":
            return self.answer(307, b"", {"Location": f"{path}?n={self.nth(path)}"})
        if mode == "missing-layer" and is_last:
            return self.refuse(404, "BLOB_UNKNOWN", "blob unknown to registry")
        if mode == "wrong-config" and is_config:
            data = data.replace(b'"linux"', b'"lInux"')
        if mode == "wrong-layer" and is_last:
            data = data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
        if mode == "longer-layer" and is_last:
            data += b"more"
        if mode == "shorter-layer" and is_last:
            data = data[:-100]
        headers, status = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}, 200
        asked = self.headers.get("Range", "")
        start = 0
        if asked.startswith("bytes="):
            start = int(asked[6:].split("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            status = 206
        rest = data[start:]
        if len(rest) > (1 << 20) and is_big(mode):
            return self.trickle(mode, path, status, headers, rest, start)
        self.answer(status, rest, headers)
        self.count(path, start, len(rest))

    def count(self, path, start, sent):
        with lock, open(LOG + ".bytes", "a") as log:
            log.write(f"{path} {start} {sent}\n")

    def trickle(self, mode, path, status, headers, rest, start):
        self.note(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if self.command == "HEAD":
            return
        first = self.nth(path) == 1
        sent, limit = 0, len(rest)
        if mode == "cut-always" or (mode == "cut-once" and first):
            limit = 8 << 20
        try:
            while sent < limit:
                self.wfile.write(rest[sent:min(sent + (256 << 10), limit)])
                sent = min(sent + (256 << 10), limit)
                if not os.environ.get("STUB_FAST") and is_slow(mode, first):
                    time.sleep(0.2)
        finally:
            self.count(path, start, sent)
        if limit < len(rest):
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass  # a client that went away


open(LOG, "a").close()
Server(("127.0.0.1", PORT), Handler).serve_forever()
