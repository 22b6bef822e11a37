#!/usr/bin/env python3
"""Pulls one large image from a registry on loopback with each engine, interleaved, and says what that costs.

pull.py [--runs N]: run by run.sh in the machine. The image is one layer of some 294 MB in 1,000 files, 100 MB as gzip:
a third does not compress. CPU and bytes written are those of the client, of the daemon and of what it has started and
waited for; memory is the sum of their PSS, looked at 40 times a second, and its peak what was seen.
"""
import argparse
import io
import os
import random
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

from engines import all_engines, must, run

HERE = os.path.dirname(os.path.abspath(__file__))
PORT = 5055
IMAGE = f"127.0.0.1:{PORT}/large:latest"
FILES, FILE, RANDOM = 1000, 294_000, 0.33
TICKS = os.sysconf("SC_CLK_TCK")


def make_layer(path):
    """The same bytes each time."""
    source = random.Random(7)
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for number in range(FILES):
            noise = source.randbytes(int(FILE * RANDOM))
            line = f"file {number}: the quick brown fox jumps over the lazy dog\n".encode()
            text = line * ((FILE - len(noise)) // len(line))
            member = tarfile.TarInfo(f"data/{number % 50}/{number}")
            member.size, member.mode = len(noise) + len(text), 0o644
            tar.addfile(member, io.BytesIO(noise + text))


def start_registry(folder):
    with open(f"{folder}/registry.yml", "w") as file:
        file.write(f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
                   f"storage: {{filesystem: {{rootdirectory: {folder}/registry}}}}\nhttp: {{addr: 127.0.0.1:{PORT}}}\n")
    process = subprocess.Popen(["docker-registry", "serve", f"{folder}/registry.yml"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        if run(["python3", "-c", f"import socket; socket.create_connection(('127.0.0.1', {PORT}))"]).returncode == 0:
            return process
        time.sleep(0.1)
    raise RuntimeError("the registry did not start")


def file_lines(path):
    try:
        with open(path) as file:
            return file.read().splitlines()
    except OSError:
        return []


def written(pid):
    return next((int(line.split()[1]) for line in file_lines(f"/proc/{pid}/io") if line.startswith("write_bytes")), 0)


def processor(pid):
    """Seconds, of children that it has waited for too."""
    lines = file_lines(f"/proc/{pid}/stat")
    return sum(map(int, lines[0].rsplit(")", 1)[1].split()[11:15])) / TICKS if lines else 0


def memory(engine):
    total = 0
    for pid in engine.processes(also=[engine.name]):
        total += next((int(line.split()[1]) for line in file_lines(f"/proc/{pid}/smaps_rollup")
                       if line.startswith("Pss:")), 0)
    return total / 1024


class Peak:
    """The most memory while it is entered, in MiB, and what there was before."""

    def __init__(self, engine):
        self.engine, self.most, self.over = engine, 0, threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.over.wait(0.025):
            self.most = max(self.most, memory(self.engine))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def pull(engine):
    """Wall and CPU seconds, peak MiB, MB written."""
    must([engine.name, "ps"])  # a daemon that is there, so that what it uses can be told
    pids = engine.processes()
    cpu, bytes_before = sum(map(processor, pids)), sum(map(written, pids)) + written("self")
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Peak(engine) as peak:
        start = time.perf_counter()
        must([engine.name, "pull", *engine.pull_flags, IMAGE])
        wall = time.perf_counter() - start
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = spent.ru_utime + spent.ru_stime - children.ru_utime - children.ru_stime
    cpu = sum(map(processor, pids)) - cpu + own
    os.sync()
    bytes_after = sum(map(written, pids)) + written("self")
    must([engine.name, "rmi", IMAGE])
    return wall, cpu, peak.most, (bytes_after - bytes_before) / 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    engines = all_engines()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        layer = f"{scratch}/layer.tar"
        make_layer(layer)
        registry = start_registry(scratch)
        try:
            must(["python3", f"{HERE}/../../Tools/push_image.py", "--registry", f"127.0.0.1:{PORT}", "--name", "large",
                  "--docker", "--rootfs", layer])
            blobs = int(must(["du", "-sb", f"{scratch}/registry"]).split()[0])
            print(f"pull                   {os.path.getsize(layer) / 1e6:.0f} MB in {FILES} files, {blobs / 1e6:.0f} MB as gzip; "
                  f"{options.runs} runs each, interleaved, medians")
            found = {engine.name: [] for engine in engines}
            for turn in range(options.runs + 1):
                for engine in engines:
                    cost = pull(engine)
                    if turn > 0:  # the first warms up
                        found[engine.name].append(cost)
        finally:
            registry.kill()
            registry.wait()
    for name, costs in found.items():
        wall, cpu, peak, wrote = (statistics.median(column) for column in zip(*costs))
        print(f"pull                   {name:14} {wall:6.2f} s wall {cpu:6.2f} s CPU {peak:7.1f} MiB peak PSS "
              f"{wrote:7.1f} MB written", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
