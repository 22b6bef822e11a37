#!/usr/bin/env python3
"""Bytes that an update moves: a layer of 60 MB of which 50 KB change. Wherry and Podman fetch the same image, which Wherry
pushed in chunks, through a proxy that counts.

Usage, as root: delta.py --wherry PATH. Needs docker-registry; Podman is left out, with the reason, where it is not installed
or does not pull in parts: it is given `enable_partial_images` and its own storage folder.
"""
import argparse
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
LIB = os.path.join(TOP, "Tests", "System", "lib")
PUSH = os.path.join(TOP, "Tests", "Tools", "push_image.py")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(port):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens on {port}")


def content(folder):
    """60 MB in 2,000 files and a large one, that compress to about the half."""
    source = random.Random(1)
    words = [source.randbytes(3).hex() for _ in range(4096)]
    for number in range(2000):
        where = os.path.join(folder, "usr", "lib", str(number % 50))
        os.makedirs(where, exist_ok=True)
        with open(os.path.join(where, f"file-{number}"), "w") as file:
            file.write(" ".join(source.choices(words, k=source.randrange(20, 5000))))
    with open(os.path.join(folder, "usr", "lib", "program"), "wb") as file:
        for _ in range(480):
            file.write(source.randbytes(25000) + " ".join(source.choices(words, k=3500)).encode())


def update(folder):
    path = os.path.join(folder, "usr", "lib", "program")
    with open(path, "rb") as file:
        data = file.read()
    middle = len(data) // 2 + 11
    with open(path, "wb") as file:
        file.write(data[:middle] + random.Random(2).randbytes(45000) + data[middle + 44000:])
    with open(os.path.join(folder, "usr", "lib", "7", "file-7"), "w") as file:
        file.write("changed " * 600)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--wherry", required=True)
    options = options.parse_args()
    work = tempfile.mkdtemp(dir="/var/tmp")
    children = []
    try:
        measure(os.path.abspath(options.wherry), work, children)
    finally:
        for child in children:
            child.terminate()
            child.wait()
        subprocess.run(["rm", "-rf", "--one-file-system", work])


def name_as_before(registry):
    """Podman before 4.4 knows the annotations by other names: tags podman-old and podman-new have both."""
    for tag in ("old", "new"):
        url, kind = f"http://127.0.0.1:{registry}/v2/chunked/manifests/", "application/vnd.oci.image.manifest.v1+json"
        with urllib.request.urlopen(urllib.request.Request(url + tag, headers={"Accept": kind})) as answer:
            manifest = json.load(answer)
        for layer in manifest["layers"]:
            for key, value in list(layer["annotations"].items()):
                layer["annotations"][key.replace("io.github.containers", "io.containers")] = value
        urllib.request.urlopen(urllib.request.Request(
            f"{url}podman-{tag}", json.dumps(manifest).encode(), {"Content-Type": kind}, method="PUT")).close()


def measure(wherry, work, children):
    def start(*command):
        with open(f"{work}/log", "a") as log:
            children.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def run(*command, **more):
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
        if result.returncode:
            raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()[-300:]}")
        return result.stdout

    registry, proxy = free_port(), free_port()
    with open(f"{work}/registry.yml", "w") as file:
        file.write(
            f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
            f"storage: {{filesystem: {{rootdirectory: {work}/registry}}}}\nhttp: {{addr: 127.0.0.1:{registry}}}\n")
    start("docker-registry", "serve", f"{work}/registry.yml")
    start(sys.executable, f"{LIB}/counting_proxy.py", str(proxy), str(registry), f"{work}/counts")
    wait(registry)
    wait(proxy)
    os.environ["WHERRY_HOST"] = f"unix://{work}/run/wherry.sock"
    os.makedirs(f"{work}/run")
    start(wherry, "daemon", "--state", f"{work}/state", "--run", f"{work}/run", "--socket", f"{work}/run/wherry.sock",
          "--supervisor", "conmon")
    content(f"{work}/root")
    for tag in ("old", "new"):
        if tag == "new":
            update(f"{work}/root")
        run(sys.executable, PUSH, "--registry", f"127.0.0.1:{registry}", "--name", "plain", "--tag", tag, "--rootfs", f"{work}/root")
        run(wherry, "pull", "-q", f"127.0.0.1:{registry}/plain:{tag}")
        run(wherry, "tag", f"127.0.0.1:{registry}/plain:{tag}", f"127.0.0.1:{registry}/chunked:{tag}")
        run(wherry, "push", "--chunked", "-q", f"127.0.0.1:{registry}/chunked:{tag}")
        run(wherry, "rmi", "-f", f"127.0.0.1:{registry}/plain:{tag}", f"127.0.0.1:{registry}/chunked:{tag}")

    def counted():
        with open(f"{work}/counts", "a+") as file:
            file.seek(0)
            total = sum(int(line.split()[3]) for line in file)
            requests = file.tell() and sum(1 for _ in open(f"{work}/counts"))
            file.truncate(0)
        return total, requests

    def show(who, pull):
        counted()
        pull("old")
        whole, _ = counted()
        pull("new")
        moved, requests = counted()
        print(f"{who}: first pull {whole} bytes; update {moved} bytes in {requests} requests, 1/{whole / max(1, moved):.0f}")

    show("wherry", lambda tag: run(wherry, "pull", "-q", f"127.0.0.1:{proxy}/chunked:{tag}"))
    if not shutil.which("podman"):
        print("podman: left out, it is not installed")
        return
    name_as_before(registry)
    with open(f"{work}/storage.conf", "w") as file:
        file.write(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{work}/podman"\nrunroot = "{work}/podman-run"\n'
            '[storage.options]\npull_options = {enable_partial_images = "true", use_hard_links = "false"}\n')
    environment = dict(os.environ, CONTAINERS_STORAGE_CONF=f"{work}/storage.conf")
    try:
        version = run("podman", "--version").strip()
        show(version, lambda tag: run(
            "podman", "pull", "-q", "--tls-verify=false", f"127.0.0.1:{proxy}/chunked:podman-{tag}", env=environment))
    except RuntimeError as error:
        print(f"podman: left out: {error}")
    finally:
        subprocess.run(["umount", f"{work}/podman/overlay"], capture_output=True)


main()
