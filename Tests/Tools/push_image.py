#!/usr/bin/env python3
"""Makes an image of folders and pushes it to a registry. Standard library only (zstd: the command).

Prints the digest of the manifest, or of the index with --index.
Example: push_image.py --registry 127.0.0.1:5000 --name busybox --tag latest --rootfs DIR --cmd '["sh"]'
"""
import argparse
import base64
import gzip
import hashlib
import http.client
import io
import json
import os
import ssl
import subprocess
import sys
import tarfile
import urllib.parse

OCI = {
    "manifest": "application/vnd.oci.image.manifest.v1+json",
    "index": "application/vnd.oci.image.index.v1+json",
    "config": "application/vnd.oci.image.config.v1+json",
    "none": "application/vnd.oci.image.layer.v1.tar",
    "gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
}
DOCKER = {
    "manifest": "application/vnd.docker.distribution.manifest.v2+json",
    "index": "application/vnd.docker.distribution.manifest.list.v2+json",
    "config": "application/vnd.docker.container.image.v1+json",
    "none": "application/vnd.docker.image.rootfs.diff.tar",
    "gzip": "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "zstd": "application/vnd.docker.image.rootfs.diff.tar.zstd",
}

MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer_tar(folder):
    """A tar of the folder's content, names sorted. A file given instead is a tar already."""
    if not os.path.isdir(folder):
        with open(folder, "rb") as file:
            return file.read()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(os.listdir(folder)):
            tar.add(os.path.join(folder, name), arcname=name)
    return out.getvalue()


def compress(data, how):
    if how == "gzip":
        return gzip.compress(data, 6, mtime=0)
    if how == "zstd":
        return subprocess.run(["zstd", "-q", "-c", "-3"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


class Registry:
    def __init__(self, host, tls, user, verify=True):
        if tls:
            context = ssl.create_default_context() if verify else ssl._create_unverified_context()
            self.connection = http.client.HTTPSConnection(host, timeout=60, context=context)
        else:
            self.connection = http.client.HTTPConnection(host, timeout=60)
        self.headers = {}
        if user:
            self.headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()

    def call(self, method, path, body=None, headers=None, expect=(200, 201, 202)):
        self.connection.request(method, path, body=body, headers={**self.headers, **(headers or {})})
        response = self.connection.getresponse()
        text = response.read()
        if expect and response.status not in expect:
            sys.exit(f"{method} {path}: {response.status} {text[:500]!r}")
        return response

    def blob(self, name, data):
        there = self.call("HEAD", f"/v2/{name}/blobs/{digest(data)}", expect=None)
        if there.status == 200:
            return
        start = self.call("POST", f"/v2/{name}/blobs/uploads/", body=b"")
        place = urllib.parse.urlsplit(start.getheader("Location"))
        query = (place.query + "&" if place.query else "") + "digest=" + urllib.parse.quote(digest(data))
        self.call("PUT", f"{place.path}?{query}", body=data, headers={"Content-Type": "application/octet-stream"})

    def manifest(self, name, reference, data, media_type):
        self.call("PUT", f"/v2/{name}/manifests/{reference}", body=data, headers={"Content-Type": media_type})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--registry", required=True)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--no-verify", action="store_true", help="take any certificate")
    parser.add_argument("--credentials", help="user:password")
    parser.add_argument("--name", required=True)
    parser.add_argument("--tag", default="latest")
    parser.add_argument("--rootfs", action="append", default=[], help="a folder or tar file; lowest layer first")
    parser.add_argument("--compression", choices=["gzip", "zstd", "none"], default="gzip")
    parser.add_argument("--docker", action="store_true", help="Docker's media types instead of OCI's")
    parser.add_argument("--cmd", help="JSON list")
    parser.add_argument("--entrypoint", help="JSON list")
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("--user")
    parser.add_argument("--workdir")
    parser.add_argument("--label", action="append", default=[], help="key=value")
    parser.add_argument("--expose", action="append", default=[], help="80/tcp")
    parser.add_argument("--volume", action="append", default=[])
    parser.add_argument("--stop-signal")
    parser.add_argument("--healthcheck", help="JSON object, durations in nanoseconds")
    parser.add_argument("--index", action="store_true", help="push under an index; the tag names the index")
    parser.add_argument("--platform", default=f"linux/{MACHINE}", help="os/architecture[/variant]")
    options = parser.parse_args()
    types = DOCKER if options.docker else OCI
    registry = Registry(options.registry, options.tls, options.credentials, not options.no_verify)

    layers, diff_ids = [], []
    for folder in options.rootfs:
        tar = layer_tar(folder)
        blob = compress(tar, options.compression)
        registry.blob(options.name, blob)
        diff_ids.append(digest(tar))
        layers.append({"mediaType": types[options.compression], "digest": digest(blob), "size": len(blob)})

    config = {"Env": options.env or ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}
    if options.cmd:
        config["Cmd"] = json.loads(options.cmd)
    if options.entrypoint:
        config["Entrypoint"] = json.loads(options.entrypoint)
    if options.user is not None:
        config["User"] = options.user
    if options.workdir is not None:
        config["WorkingDir"] = options.workdir
    if options.label:
        config["Labels"] = dict(label.split("=", 1) for label in options.label)
    if options.expose:
        config["ExposedPorts"] = {port: {} for port in options.expose}
    if options.volume:
        config["Volumes"] = {volume: {} for volume in options.volume}
    if options.stop_signal:
        config["StopSignal"] = options.stop_signal
    if options.healthcheck:
        config["Healthcheck"] = json.loads(options.healthcheck)
    place = dict(zip(("os", "architecture", "variant"), options.platform.split("/")))
    image = json.dumps({
        "created": "2024-01-02T03:04:05Z", **place, "config": config,
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [{"created": "2024-01-02T03:04:05Z", "created_by": "push_image.py"} for _ in layers],
    }).encode()
    registry.blob(options.name, image)

    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": types["manifest"],
        "config": {"mediaType": types["config"], "digest": digest(image), "size": len(image)},
        "layers": layers,
    }).encode()
    if not options.index:
        registry.manifest(options.name, options.tag, manifest, types["manifest"])
        print(digest(manifest))
        return
    registry.manifest(options.name, digest(manifest), manifest, types["manifest"])
    index = json.dumps({
        "schemaVersion": 2, "mediaType": types["index"],
        "manifests": [{
            "mediaType": types["manifest"], "digest": digest(manifest), "size": len(manifest), "platform": place,
        }],
    }).encode()
    registry.manifest(options.name, options.tag, index, types["index"])
    print(digest(index))


if __name__ == "__main__":
    main()
