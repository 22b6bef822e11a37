#!/usr/bin/env python3
"""Docker's container verbs and flags beside Wherry's, as a Markdown table.

    docker_table.py WHERRY [--docker docker] [--reasons FILE] [--output FILE]

Asks the real `docker` client for its verbs, aliases and flags (`--help`), and runs wherry with each of them, against a
socket that is not there: what gets as far as connecting is supported. Fails where something of Docker's is neither
supported nor in the list of reasons beside this file, and where a reason is there for what is supported by now (but for
those that begin with "coming:").
"""
import argparse
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Words that a verb needs besides its flags.
WORDS = {
    "run": ["image"], "create": ["image"], "exec": ["box", "true"], "cp": ["box:/a", "-"], "rename": ["a", "b"],
    "ls": [], "prune": ["-f"], "export": ["-o", "OUT", "box"], "update": ["-m", "64m", "box"], "commit": ["box"],
    "stats": ["--no-stream"],
}
# Values that flags take; by verb where one is not enough.
VALUES = {
    "add-host": "a:1.2.3.4", "annotation": "a=b", "attach": "stdout", "blkio-weight": "100",
    "blkio-weight-device": "/dev/sda:100", "cidfile": "OUT", "cpu-count": "1", "cpu-percent": "1",
    "cpu-period": "100000", "cpu-quota": "50000", "cpu-rt-period": "1", "cpu-rt-runtime": "1", "cpu-shares": "2",
    "cpus": "1", "cpuset-cpus": "0", "cpuset-mems": "0", "detach-keys": "ctrl-a", "device": "/dev/null",
    "device-read-bps": "/dev/sda:1m", "device-read-iops": "/dev/sda:1", "device-write-bps": "/dev/sda:1m",
    "device-write-iops": "/dev/sda:1", "device-cgroup-rule": "c 1:3 rwm", "dns": "1.1.1.1", "env": "A=1",
    "env-file": "/dev/null", "label-file": "/dev/null", "expose": "80", "filter": "label=a", "format": "json",
    "gpus": "all", "health-interval": "1s", "health-timeout": "1s", "health-start-period": "1s",
    "health-start-interval": "1s", "health-retries": "1", "io-maxbandwidth": "1m", "io-maxiops": "1", "ip": "1.2.3.4",
    "ip6": "::1", "ipc": "private", "isolation": "default", "kernel-memory": "64m", "last": "1",
    "link-local-ip": "169.254.1.1", "log-driver": "journald", "log-opt": "a=b", "mac-address": "02:00:00:00:00:01",
    "memory": "64m", "memory-reservation": "32m", "memory-swap": "128m", "memory-swappiness": "1",
    "mount": "type=tmpfs,target=/x", "network": "none", "oom-score-adj": "1", "output": "OUT", "pid": "host",
    "pids-limit": "10", "platform": "linux/amd64", "publish": "80:80", "pull": "never", "restart": "always",
    "security-opt": "no-new-privileges", "shm-size": "64m", "signal": "TERM", "since": "1h", "until": "1h",
    "stop-signal": "TERM", "stop-timeout": "1", "storage-opt": "size=1g", "sysctl": "net.ipv4.ip_forward=1",
    "tail": "1", "timeout": "1", "tmpfs": "/x", "ulimit": "nofile=10", "userns": "host", "uts": "host",
    "volume": "/a:/b", "volume-driver": "local", "volumes-from": "box", "cgroupns": "private",
}
# The client got as far as looking for its daemon.
CONNECTS = re.compile(r"/nowhere/wherry\.sock")


def output(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr


class Docker:
    def __init__(self, path):
        self.path = path

    def verbs(self):
        text = output(self.path, "container", "--help")
        found = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.M)
        return [line.split()[0] for line in found.group(1).splitlines()]

    def verb(self, name):
        """Aliases (as lists of words) and flags: (long, short, takes a value)."""
        text = output(self.path, "container", name, "--help")
        found = re.search(r"^Aliases:\n  (.*)$", text, re.M)
        aliases = [alias.split()[1:] for alias in found.group(1).split(", ")] if found else []
        flags = []
        for line in text.splitlines():
            flag = re.match(r"\s+(?:-(\w), )?\s*--([a-z0-9-]+)(?: ([\w-]+))?(?:\s|$)", line)
            if flag and flag.group(2) != "help":
                flags.append((flag.group(2), flag.group(1), flag.group(3) is not None))
        return aliases or [["container", name]], flags


class Wherry:
    def __init__(self, path, scratch):
        self.path, self.scratch = path, scratch

    def says(self, words, flag=()):
        """Whether it is supported, else why not."""
        verb = "ls" if words[-1] in ("ps", "list") else words[-1]
        verb = {"remove": "rm"}.get(verb, verb)
        rest = WORDS.get(verb, ["box"])
        out = os.path.join(self.scratch, "out")
        if os.path.exists(out):
            os.unlink(out)
        line = [word.replace("OUT", out) for word in [*words, *flag, *rest]]
        text = output(self.path, "-H", "unix:///nowhere/wherry.sock", *line)
        if CONNECTS.search(text):
            return "supported", ""
        first = next((part for part in text.splitlines() if part.startswith("wherry: ")), text.strip()[:100])
        message = first.removeprefix("wherry: ")
        missing = re.match(r"unknown (shorthand )?flag|'.*' is not a wherry command", message)
        return ("missing" if missing else "refused"), message


    def takes(self, words, forms, at_once=12):
        """Those that are supported together. What is not may only not go with its neighbours: ask for it alone."""
        known = set()
        for start in range(0, len(forms), at_once):
            chunk = forms[start:start + at_once]
            if self.says(words, [word for form in chunk for word in form])[0] == "supported":
                known.update(map(tuple, chunk))
            elif at_once > 1:
                known |= self.takes(words, chunk, at_once // 3) if at_once >= 3 else set()
        return known


def reasons(path):
    found = []
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            parts = line.split("\t")
            if len(parts) != 3 or not parts[2]:
                sys.exit(f"{path}:{number}: not VERB<tab>FLAG<tab>REASON")
            found.append(parts)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wherry")
    parser.add_argument("--docker", default="docker")
    parser.add_argument("--reasons", default=pathlib.Path(__file__).with_suffix(".tsv"))
    parser.add_argument("--output")
    options = parser.parse_args()
    docker = Docker(options.docker)
    listed = reasons(options.reasons)
    used, supported, faults, rows = set(), set(), [], []

    def reason(verb, flag):
        for index, (verbs, flags, why) in enumerate(listed):
            if fnmatch.fnmatch(verb, verbs) and fnmatch.fnmatch(flag, flags):
                return index, why
        return None, ""

    with tempfile.TemporaryDirectory() as scratch:
        wherry = Wherry(options.wherry, scratch)
        for verb in docker.verbs():
            aliases, flags = docker.verb(verb)
            checks = [("", "`" + " ".join(alias) + "`", alias, ()) for alias in aliases]
            for name, short, takes_value in flags:
                value = VALUES.get(name, "x")
                forms = [[f"--{name}={value}"] if takes_value else [f"--{name}"]]
                if short:
                    forms.append([f"-{short}", value] if takes_value else [f"-{short}"])
                title = (f"`-{short}`, " if short else "") + f"`--{name}`"
                checks.append((f"--{name}", title, ["container", verb], forms))
            known = wherry.takes(["container", verb], [form for check in checks for form in check[3]])
            for flag, title, words, forms in checks:
                answers = [
                    ("supported", "") if tuple(form) in known else wherry.says(words, form) for form in forms or [()]]
                worst = next((answer for answer in answers if answer[0] != "supported"), answers[0])
                state, message = worst
                index, why = reason(verb, flag or " ".join(words))
                if state == "supported":
                    supported.add(index)
                    why = ""
                else:
                    used.add(index)
                    if index is None:
                        faults.append(f"{verb} {flag or ' '.join(words)}: {state}, without a reason: {message}")
                cells = [verb, title, state, message if state == "refused" else "", why]
                rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    for index, (verbs, flags, why) in enumerate(listed):
        if index not in used and not why.startswith("coming:"):
            faults.append(f"the reason for {verbs} {flags} is for nothing: take it off the list")
    version = output(options.docker, "--version").strip()
    states = {state: sum(f"| {state} |" in row for row in rows) for state in ("supported", "refused", "missing")}
    counts = ", ".join(f"{count} {state}" for state, count in states.items())
    text = "\n".join([
        "# Docker's container verbs and flags", "",
        f"Made by `Tests/Tools/docker_table.py`, with {version}.", "", f"{counts}.", "",
        "| verb | flag or alias | Wherry | what it says | why |", "| --- | --- | --- | --- | --- |", *rows, ""])
    if options.output:
        pathlib.Path(options.output).write_text(text)
    else:
        print(text)
    print(counts, file=sys.stderr)
    for fault in faults:
        print(f"docker_table: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
