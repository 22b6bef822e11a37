#!/usr/bin/env python3
"""Measures Wherry RPC beside grpc-swift-2 over unix sockets on this machine, in one run, and prints a table.

Usage: rpc.py WHERRY_PEER GRPC_PEER [--rounds N] [--podman] [--docker SOCKET]

Client and server are processes of their own. The rounds of the two alternate (A B A B …), so that a machine whose
speed drifts drifts for both; medians are printed. Bytes on the wire are counted in runs of their own, by a relay
between client and server. Every figure is measured in this run; see containers.py for the lists of Docker and Podman.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from containers import daemon_list, docker_list, podman_list
from relay import Relay

COUNTS = {"echo1": 5000, "echo64": 19200, "list50": 1000, "stream": 4}
TITLES = {
    "echo1": "echo of 100 bytes, 1 in flight",
    "echo64": "echo of 100 bytes, 64 in flight",
    "list50": "list of 50 containers",
    "stream": "stream of 64 MiB",
}


class Program:
    """A process that answers on its standard output."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        if self.line() != "ready":
            raise SystemExit(f"{' '.join(command)} did not become ready")

    def line(self):
        return self.process.stdout.readline().strip()

    def cpu(self):
        """Nanoseconds of CPU that the process has had (proc(5), schedstat of each thread)."""
        folder = f"/proc/{self.process.pid}/task"
        return sum(int(open(f"{folder}/{task}/schedstat").read().split()[0]) for task in os.listdir(folder))

    def memory(self):
        """Resident now and at most, in KiB."""
        status = dict(line.split(":", 1) for line in open(f"/proc/{self.process.pid}/status"))
        return int(status["VmRSS"].split()[0]), int(status["VmHWM"].split()[0])

    def end(self):
        self.process.kill()
        self.process.wait()


def measure(peer, scenario, socket):
    """One round: a server and a client, warmed up; the second batch of calls is what counts."""
    server = Program(peer, "serve", socket)
    client = Program(peer, "call", socket, scenario, str(COUNTS[scenario]))
    try:
        before = client.cpu(), server.cpu()
        client.process.stdin.write("\n")
        words = client.line().split()
        after = client.cpu(), server.cpu()
        figures = {words[i]: float(words[i + 1]) for i in range(0, len(words), 2)}
        client_cpu, server_cpu = (after[i] - before[i] for i in (0, 1))
        calls = figures["calls"]
        return {
            "calls/s": calls / figures["seconds"],
            "calls/s per core": calls / ((client_cpu + server_cpu) / 1e9),
            "p50 us": figures["p50"], "p99 us": figures["p99"],
            "client CPU us/call": client_cpu / 1e3 / calls, "server CPU us/call": server_cpu / 1e3 / calls,
            "client KiB at most": client.memory()[1], "server KiB at most": server.memory()[1],
            "server KiB after": server.memory()[0],
        }
    finally:
        client.end()
        server.end()
        if os.path.exists(socket):
            os.unlink(socket)


def wire_bytes(peer, scenario, folder):
    """Bytes both ways of one call on a connection that is warm."""
    upstream, socket = os.path.join(folder, "up"), os.path.join(folder, "relay")
    server = Program(peer, "serve", upstream)
    relay = Relay(socket, upstream)
    client = Program(peer, "call", socket, scenario, str(COUNTS[scenario] // 5 or 1))
    try:
        before = relay.settled()
        client.process.stdin.write("\n")
        calls = float(client.line().split()[1])
        return [(after - b) / calls for after, b in zip(relay.settled(), before)]
    finally:
        client.end()
        server.end()
        relay.close()
        for path in (upstream, socket):
            if os.path.exists(path):
                os.unlink(path)


def stripped_size(peer, folder):
    copy = os.path.join(folder, "stripped")
    shutil.copy(peer, copy)
    subprocess.run(["strip", copy], check=True)
    return os.path.getsize(copy)


# Whether more of it is better.
MORE_IS_BETTER = {"calls/s", "calls/s per core"}


def row(name, wherry, grpc, more_is_better=False):
    ratio = (wherry / grpc if more_is_better else grpc / wherry) if wherry and grpc else float("nan")
    print(f"  {name:26} {wherry:14,.1f} {grpc:14,.1f} {ratio:10.2f}x")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wherry")
    parser.add_argument("grpc")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--podman", action="store_true", help="ask a podman here for its list, too")
    parser.add_argument("--docker", metavar="SOCKET", help="ask the Docker daemon there for its list, too")
    arguments = parser.parse_args()
    peers = [os.path.abspath(arguments.wherry), os.path.abspath(arguments.grpc)]
    goals = []
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "rpc")
        print(f"medians of {arguments.rounds} rounds, client and server on {os.cpu_count()} cores; "
              "the last column: how many times better Wherry is")
        bytes_of_list = None
        for scenario, title in TITLES.items():
            rounds = [[], []]
            for _ in range(arguments.rounds):
                for results, peer in zip(rounds, peers):
                    results.append(measure(peer, scenario, socket))
            wire = [wire_bytes(peer, scenario, folder) for peer in peers]
            medians = [{k: statistics.median(r[k] for r in rs) for k in rs[0]} for rs in rounds]
            print(f"\n{title:28} {'Wherry':>14} {'grpc-swift-2':>14}")
            for name in medians[0]:
                row(name, medians[0][name], medians[1][name], name in MORE_IS_BETTER)
            row("bytes to the server", wire[0][0], wire[1][0])
            row("bytes to the client", wire[0][1], wire[1][1])
            both = [sum(w) for w in wire]
            row("bytes both ways", *both)
            if scenario == "list50":
                bytes_of_list = wire[0][1]
            speed = medians[0]["calls/s per core"] / medians[1]["calls/s per core"]
            if scenario == "stream":
                mib = [64 * m["calls/s"] for m in medians]
                cpu = [m["client CPU us/call"] + m["server CPU us/call"] for m in medians]
                row("MiB/s", *mib, True)
                row("CPU ms per MiB", *(c / 64e3 for c in cpu))
                goals.append(("stream: at least gRPC's throughput", mib[0] / mib[1], 1, True))
                goals.append(("stream: less CPU", cpu[0] / cpu[1], 1, False))
            else:
                goals.append((f"{title}: 4 times gRPC's calls/s per core", speed, 4, True))
                goals.append((f"{title}: half gRPC's bytes", both[0] / both[1], 0.5, False))
        print(f"\n{'binaries, stripped':28} {'Wherry':>14} {'grpc-swift-2':>14}")
        row("KiB", *(stripped_size(peer, folder) / 1024 for peer in peers))
    print(f"\nlist of 50 containers, bytes of the answer{'Wherry':>14} {bytes_of_list:12,.0f}")
    lists = [daemon_list(peers[0], arguments.docker)] if arguments.docker else []
    lists += [docker_list(peers[0])] + ([podman_list(peers[0])] if arguments.podman else [])
    for name, size in lists:
        print(f"  {name}: {size:,} bytes, Wherry has {bytes_of_list / size:.3f} of it")
    goals.append(("list: a tenth of Docker's bytes", bytes_of_list / lists[0][1], 0.1, False))
    print("\ngoals")
    for name, value, goal, at_least in goals:
        met = value >= goal if at_least else value <= goal
        print(f"  {'met   ' if met else 'MISSED'} {name}: {value:.2f}, goal {'>=' if at_least else '<='} {goal}")


if __name__ == "__main__":
    sys.exit(main())
