"""Many clients at once, and what they may leave behind.

storm.py start COUNT CLIENTS IMAGE     COUNT containers are run by so many clients
storm.py race SECONDS CLIENTS IMAGE    all create, start, stop, kill and remove one name
storm.py load CLIENTS IMAGE FILE       each runs, stops and removes its own, until SIGTERM; FILE then holds what was
                                       acknowledged: a name and running, exited, gone, or open where nobody can know
storm.py check FILE                    what FILE says is so
storm.py groups                        the control groups there are: before the tests, those other engines have left
storm.py leftovers RUN STATE [GROUPS]  mounts, control groups, units, processes and folders are those of the records;
                                       control groups that the file GROUPS lists are others'
"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

ID = re.compile(r"[0-9a-f]{64}")
UP = ("running", "paused", "restarting")


def wherry(*arguments, timeout=60):
    """Runs a client. None where it hung: that is always a defect."""
    try:
        return subprocess.run(["wherry", *arguments], capture_output=True, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise SystemExit(f"wherry {' '.join(arguments)} hung for {timeout} s")


def containers():
    """Every container by ID."""
    listed = wherry("ps", "-a", "--no-trunc", "--format", "json")
    if listed.returncode:
        raise SystemExit(f"ps: {listed.stderr}")
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    return {row["ID"]: row for row in rows}


def in_threads(count, body):
    failures = []

    def guarded(number):
        try:
            body(number)
        except BaseException as error:
            failures.append(f"client {number}: {error}")

    threads = [threading.Thread(target=guarded, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit("\n".join(failures))


def start(count, clients, image):
    begin = time.monotonic()

    def client(number):
        for each in range(number, count, clients):
            ran = wherry("run", "-d", "--name", f"crowd{each}", image, "sleep", "1000", timeout=150)
            if ran.returncode or not ID.fullmatch(ran.stdout.strip()):
                raise SystemExit(f"crowd{each}: {ran.returncode} {ran.stdout} {ran.stderr}")

    in_threads(clients, client)
    up = [row for row in containers().values() if row["State"] == "running"]
    if len(up) != count:
        raise SystemExit(f"{len(up)} of {count} run")
    print(f"{count} by {clients} clients in {time.monotonic() - begin:.1f} s")


def race(seconds, clients, image):
    deadline = time.monotonic() + seconds
    verbs = [("create", "--name", "prize", image, "sleep", "1000"), ("start", "prize"), ("stop", "-t", "1", "prize"),
             ("kill", "prize"), ("restart", "-t", "1", "prize"), ("rm", "prize"), ("rm", "-f", "prize")]
    done = {}

    def client(number):
        choice = random.Random(number)
        while time.monotonic() < deadline:
            verb = choice.choice(verbs)
            ended = wherry(*verb)
            if ended.returncode and not ended.stderr.strip():
                raise SystemExit(f"{verb}: failed with {ended.returncode} and no word")
            if re.search(r"internal|Fatal|trap", ended.stderr):
                raise SystemExit(f"{verb}: {ended.stderr}")
            key = (verb[0], "done" if ended.returncode == 0 else "refused")
            done[key] = done.get(key, 0) + 1

    in_threads(clients, client)
    named = [row for row in containers().values() if row["Names"] == "prize"]
    if len(named) > 1:
        raise SystemExit(f"{len(named)} containers are called prize")
    for verb in ("create", "start", "rm"):
        if not done.get((verb, "done")):
            raise SystemExit(f"{verb} never succeeded: the race raced nothing: {done}")
    print(" ".join(f"{verb}:{how}={count}" for (verb, how), count in sorted(done.items())))


def load(clients, image, path):
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    said, counts = {}, {}

    def client(number):
        choice, turn = random.Random(), 0
        while not over.is_set():
            name = f"load{number}x{turn}"
            turn += 1
            steps = [("running", "run", "-d", "--name", name, image, "sleep", "1000")]
            if choice.random() < 0.8:
                steps.append(("exited", "stop", "-t", "1", name))
            if choice.random() < 0.8:
                steps.append(("gone", "rm", "-f", name))
            for state, *arguments in steps:
                said[name] = "open"
                if wherry(*arguments).returncode:
                    # The daemon was killed: it may have been done or not.
                    break
                said[name] = state
                counts[state] = counts.get(state, 0) + 1

    # Signals reach the main thread only while it waits in Python.
    threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    over.wait()
    for thread in threads:
        thread.join()
    with open(path, "w") as file:
        json.dump(said, file)
    print(f"acknowledged {counts}; open {list(said.values()).count('open')}")


def check(path):
    with open(path) as file:
        said = json.load(file)
    found = {}
    for row in containers().values():
        if row["Names"] in found:
            raise SystemExit(f"{row['Names']} is there twice")
        found[row["Names"]] = row["State"]
    wrong = [f"{name}: acknowledged {state}, is {found.get(name, 'gone')}" for name, state in sorted(said.items())
             if state != "open" and found.get(name, "gone") != state]
    wrong += [f"{name}: half made: {state}" for name, state in found.items() if state in ("dead", "removing")]
    if wrong:
        raise SystemExit("\n".join(wrong))
    print(f"{len(said)} names are as acknowledged")


def files_of(pattern, path):
    try:
        with open(path, "rb") as file:
            return set(re.findall(pattern, file.read().decode("latin-1")))
    except OSError:
        return set()


def listing(path):
    try:
        return {name for name in os.listdir(path) if ID.fullmatch(name)}
    except FileNotFoundError:
        return set()


def is_populated(group):
    """Whether a group of version 2 has processes; one of version 1 must not be there at all. systemd 252 leaves an
    empty group behind where it had to kill a unit's last hook."""
    try:
        with open(f"{group}/cgroup.events") as file:
            return "populated 0" not in file.read()
    except OSError:
        return os.path.isdir(group)


def control_groups():
    groups = set()
    for folder, names, _ in os.walk("/sys/fs/cgroup"):
        # What systemd-nspawn calls a machine's own: a machine that was killed leaves it.
        if "payload" in names:
            names.remove("payload")
        if "wherry" in folder or any(name.startswith("wherry") for name in names):
            groups.update(found.group() for name in names if is_populated(f"{folder}/{name}")
                          for found in ID.finditer(name))
    return groups


def things(run, state):
    """What there is of containers on the device, by kind."""
    # Layers have such names too.
    root = re.compile(f"(?:{re.escape(run)}|{re.escape(state)})/containers/({ID.pattern})")
    mounts = files_of(root, "/proc/self/mountinfo")
    processes, foreign = set(), set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            group = files_of(ID, f"/proc/{entry}/cgroup")
            # Of another engine on this machine, where its root is not one of ours.
            (processes if files_of(root, f"/proc/{entry}/mountinfo") else foreign).update(group)
    groups = control_groups()
    groups -= foreign - processes
    units = set()
    if os.path.isdir("/run/systemd/system"):
        listed = subprocess.run(["systemctl", "list-units", "--all", "--plain", "--no-legend", "wherry-*.service"],
                                capture_output=True, text=True, check=True).stdout
        units = set(ID.findall(listed))
    return {"mount": mounts, "control group": groups, "process": processes, "unit": units,
            "bundle": listing(f"{run}/containers"), "runtime state": listing(f"{run}/runtime")}


def leftovers(run, state, others=os.devnull):
    with open(others) as file:
        others = set(ID.findall(file.read()))
    deadline = time.monotonic() + 20
    while True:
        rows = containers()
        up = {identifier for identifier, row in rows.items() if row["State"] in UP}
        found = things(run, state)
        found["control group"] -= others
        wrong = [f"{kind} of {identifier}: {rows[identifier]['State'] if identifier in rows else 'unknown'}"
                 for kind, identifiers in found.items() for identifier in identifiers - up]
        wrong += [f"{identifier} runs without a {kind}" for kind in ("mount", "process", "bundle")
                  for identifier in up - found[kind]]
        wrong += [f"folder of {identifier} and no record" for identifier in listing(f"{state}/containers") - set(rows)]
        if not wrong:
            print(f"{len(up)} run of {len(rows)}, and nothing else is left")
            return
        if time.monotonic() > deadline:
            raise SystemExit("\n".join(wrong))
        time.sleep(0.5)


if __name__ == "__main__":
    mode, rest = sys.argv[1], sys.argv[2:]
    known = {"start": start, "race": race, "load": load, "check": check, "leftovers": leftovers,
             "groups": lambda: print(*control_groups(), sep="\n")}
    known[mode](*(int(word) if word.isdigit() else word for word in rest))
