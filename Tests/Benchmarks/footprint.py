#!/usr/bin/env python3
"""Weighs a daemon that answers, mapping by mapping, for each binary given, in one run.

Usage: footprint.py BINARY [BINARY…] [--runs N] [--mappings]

Each binary serves in the foreground on a state of its own, makes an image, runs a container and answers what a user
would ask; then /proc/PID/smaps is read. Binaries take turns, and medians are printed with their ratio to the first.
RSS counts pages that others have mapped too, and pages that the kernel mapped because they were next to one that was
needed; PSS shares out the former; private dirty is what goes when the daemon goes. Needs root, runc and conmon.
"""
import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HEAD = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+) *(.*)$")


def must(command, **options):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit {result.returncode}\n{result.stderr}")
    return result.stdout


def mappings(pid):
    """(kind, name, sizes) of each mapping."""
    found = []
    with open(f"/proc/{pid}/smaps") as file:
        for line in file:
            head = HEAD.match(line)
            if head:
                found.append((head.group(3), head.group(5), {}))
            else:
                words = line.split()
                if len(words) == 3 and words[2] == "kB":
                    found[-1][2][words[0].rstrip(":")] = int(words[1])
    return found


def kind_of(permissions, name, binary):
    if name.startswith("["):
        return name
    if name == "":
        return "[anonymous]"
    subject = "binary" if name == binary else "libraries"
    part = "code" if "x" in permissions else "data" if "w" in permissions else "constants"
    return f"{subject}: {part}"


def weigh(pid, binary):
    kinds, total = {}, {}
    for permissions, name, sizes in mappings(pid):
        row = kinds.setdefault(kind_of(permissions, name, binary), {})
        for key in ("Rss", "Pss", "Private_Dirty"):
            row[key] = row.get(key, 0) + sizes.get(key, 0)
            total[key] = total.get(key, 0) + sizes.get(key, 0)
    with open(f"/proc/{pid}/status") as status:
        total["Threads"] = next(int(line.split()[1]) for line in status if line.startswith("Threads"))
    return total, kinds


class Daemon:
    def __init__(self, binary, image, wrapper=()):
        self.binary = os.path.realpath(binary)
        self.folder = tempfile.mkdtemp(prefix="wherry-footprint.")
        self.host = f"unix://{self.folder}/run/wherry.sock"
        self.environment = {**os.environ, "HOME": self.folder, "WHERRY_HOST": self.host}
        os.mkdir(f"{self.folder}/run")
        self.process = subprocess.Popen(
            [*wrapper, self.binary, "daemon", "--state", f"{self.folder}/state", "--run", f"{self.folder}/run",
             "--socket", f"{self.folder}/run/wherry.sock", "--supervisor", "conmon"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(f"{self.folder}/log", "w"))
        deadline = time.monotonic() + 300
        while not os.path.exists(f"{self.folder}/run/wherry.sock"):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"{binary} does not serve:\n" + open(f"{self.folder}/log").read())
            time.sleep(0.01)
        self.image = image

    def ask(self, *words):
        return must([self.binary, *words], env=self.environment)

    def exercise(self):
        self.ask("import", self.image, "localhost/small")
        for number in range(3):
            self.ask("run", "-d", "--network", "none", "--name", f"small{number}", "localhost/small", "sleep", "1000")
        self.ask("exec", "small0", "true")
        self.ask("inspect", "small0", "small1")
        self.ask("run", "--rm", "--network", "none", "localhost/small", "true")
        for _ in range(5):
            self.ask("ps", "-a")

    def end(self):
        try:
            ids = self.ask("ps", "-aq").split()
            if ids:
                self.ask("rm", "-f", *ids)
        finally:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            shutil.rmtree(self.folder, ignore_errors=True)


def forget(path):
    """Takes the file out of the page cache, as after a boot: what was just written is there in folios of up to 2 MiB,
    of which Linux 6.18 maps all for one page that is needed."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def make_image(folder):
    os.makedirs(f"{folder}/root/bin")
    shutil.copy("/bin/busybox", f"{folder}/root/bin/busybox")
    for applet in ("sh", "sleep", "true"):
        os.symlink("busybox", f"{folder}/root/bin/{applet}")
    must(["tar", "-C", f"{folder}/root", "-cf", f"{folder}/root.tar", "."])
    return f"{folder}/root.tar"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries", nargs="+")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--mappings", action="store_true")
    arguments = parser.parse_args()
    totals = {binary: [] for binary in arguments.binaries}
    kinds = {binary: {} for binary in arguments.binaries}
    with tempfile.TemporaryDirectory() as folder:
        image = make_image(folder)
        for _ in range(arguments.runs):
            for binary in arguments.binaries:
                forget(binary)
                daemon = Daemon(binary, image)
                try:
                    daemon.exercise()
                    total, kinds[binary] = weigh(daemon.process.pid, daemon.binary)
                    totals[binary].append(total)
                finally:
                    daemon.end()
    first = None
    for binary in arguments.binaries:
        medians = {key: statistics.median(total[key] for total in totals[binary]) for key in totals[binary][0]}
        first = first or medians
        print(f"{binary}: " + ", ".join(
            f"{key} {value:g}{'' if key == 'Threads' else ' KiB'} ({value / first[key]:.2f})"
            for key, value in medians.items()))
        if arguments.mappings:
            for kind, row in sorted(kinds[binary].items(), key=lambda item: -item[1]["Rss"]):
                print(f"  {kind:24}" + "".join(f"{key} {value:6}  " for key, value in row.items()))


if __name__ == "__main__":
    sys.exit(main())
