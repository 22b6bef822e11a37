#!/usr/bin/env python3
"""Times Wherry beside its peers in one run, and weighs its processes.

Usage: figures.py --wherry PATH [--runs N] [--host unix:///path] [--registry HOST:PORT]

Runs where a daemon answers. Every row of a comparison is measured interleaved with the others
(A B C A B C …), so that a machine whose speed drifts drifts for all of them. Prints medians.
A peer that is not installed, or cannot run here, is named with its reason and left out.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

IMAGE_FILES = ["/bin/busybox"]


def run(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)


def must(command):
    result = run(command)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit {result.returncode}\n{result.stderr}")
    return result.stdout.strip()


def timed(command):
    start = time.perf_counter()
    result = run(command)
    took = (time.perf_counter() - start) * 1000
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip().splitlines()[-1:] or [f"exit {result.returncode}"])
    return took


def interleave(title, rows, runs):
    """rows: name -> (prepare or None, command function, clean-up function or None)."""
    times = {name: [] for name in rows}
    for turn in range(runs + 1):
        for name in list(times):
            prepare, command, clean = rows[name]
            try:
                if prepare:
                    prepare()
                took = timed(command(turn))
                if turn > 0:
                    times[name].append(took)
                if clean:
                    clean(turn)
            except (RuntimeError, FileNotFoundError) as error:
                print(f"{title:22} {name:22} left out: {error}")
                del times[name]
    base = None
    for name, values in times.items():
        median = statistics.median(values)
        base = base or median
        print(f"{title:22} {name:22} median {median:8.1f} ms  min {min(values):8.1f}  max {max(values):8.1f}"
              f"  ratio {median / base:5.2f}")
    return times


def memory(pid):
    fields = {}
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        for line in rollup:
            parts = line.split()
            if len(parts) >= 2 and parts[1].isdigit():
                fields[parts[0].rstrip(":")] = int(parts[1])
    with open(f"/proc/{pid}/status") as status:
        threads = next(line.split()[1] for line in status if line.startswith("Threads"))
    private = fields["Private_Dirty"] + fields["Private_Clean"]
    return fields["Rss"], fields["Private_Dirty"], private, int(threads)


def make_root(folder):
    os.makedirs(f"{folder}/bin")
    for path in IMAGE_FILES:
        shutil.copy(path, f"{folder}/bin")
    for applet in ["sh", "sleep", "true", "cat", "echo"]:
        os.symlink("busybox", f"{folder}/bin/{applet}")


def processes(pattern):
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        # The fetch worker is started as /proc/self/exe.
        if len(words) > 1 and os.path.basename(words[0]) in (b"wherry", b"exe") and words[1] == pattern:
            found.append(int(entry))
    return found


def weigh_pull(wherry, registry, root):
    """Pulls an image of 128 MiB that no compressor shrinks, and weighs daemon and worker meanwhile."""
    os.makedirs(f"{root}/data", exist_ok=True)
    with open(f"{root}/data/random", "wb") as file:
        for _ in range(128):
            file.write(os.urandom(1 << 20))
    push = os.path.join(os.path.dirname(__file__), "..", "Tools", "push_image.py")
    must([sys.executable, push, "--registry", registry, "--name", "figures-large", "--rootfs", root])
    pull = subprocess.Popen(wherry + ["pull", "-q", f"{registry}/figures-large:latest"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    peaks, start, samples = {}, time.perf_counter(), 0
    while pull.poll() is None:
        for name, pattern in [("daemon", b"daemon"), ("fetch worker", b"fetch")]:
            for pid in processes(pattern):
                try:
                    rss, dirty, _, _ = memory(pid)
                except (OSError, KeyError):
                    continue  # it has just ended
                known = peaks.get(name, (0, 0))
                peaks[name] = (max(known[0], rss), max(known[1], dirty))
                samples += 1
        time.sleep(0.02)
    if pull.returncode != 0:
        raise SystemExit(f"the pull ended with {pull.returncode}")
    print(f"pull of 128 MiB        {time.perf_counter() - start:.1f} s, {samples} samples of memory")
    for name, (rss, dirty) in peaks.items():
        print(f"  {name:20} peak rss {rss} kB  peak private dirty {dirty} kB")
    must(wherry + ["rmi", f"{registry}/figures-large:latest"])


def own_limits():
    """Podman raises limits; where that is not allowed it must be told the ones we have."""
    flags = []
    for name, number in [("memlock", resource.RLIMIT_MEMLOCK), ("nofile", resource.RLIMIT_NOFILE),
                         ("nproc", resource.RLIMIT_NPROC)]:
        soft, hard = resource.getrlimit(number)
        flags += ["--ulimit", f"{name}={soft}:{hard}"]
    return flags


def raw_crun(scratch, root):
    """The least a container under systemd can cost: crun in a unit, with no engine."""
    bundle = f"{scratch}/bundle"
    os.makedirs(bundle)
    must(["crun", "spec", "--bundle", bundle])
    with open(f"{bundle}/config.json") as file:
        spec = json.load(file)
    spec["root"] = {"path": root}
    spec["process"].update(args=["sleep", "1000"], terminal=False)
    spec["process"].pop("rlimits", None)
    with open(f"{bundle}/config.json", "w") as file:
        json.dump(spec, file)
    command = lambda turn: [
        "systemd-run", "--quiet", f"--unit=figures-crun-{turn}", "--property=Type=forking", "--property=Delegate=yes",
        f"--property=PIDFile=/run/figures-{turn}.pid", "crun", "--cgroup-manager=disabled", "run", "--detach",
        f"--bundle={bundle}", f"--pid-file=/run/figures-{turn}.pid", f"figures-{turn}"]
    return None, command, lambda turn: must(["crun", "delete", "--force", f"figures-{turn}"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wherry", default="/usr/bin/wherry")
    parser.add_argument("--host")
    parser.add_argument("--registry", help="HOST:PORT of a registry on loopback, for the memory of a pull")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    wherry = [options.wherry] + (["--host", options.host] if options.host else [])

    size = os.stat(options.wherry).st_size
    print(f"binary                 {options.wherry}: {size / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory() as scratch:
        root = f"{scratch}/root"
        make_root(root)
        archive = f"{scratch}/root.tar"
        must(["tar", "-C", root, "-cf", archive, "."])
        must(wherry + ["image", "import", archive, "figures:latest"])
        rows = {"wherry": (None, lambda turn: wherry + ["run", "-d", "--name", f"figures-{turn}",
                                                        "figures:latest", "sleep", "1000"],
                           lambda turn: must(wherry + ["rm", "-f", f"figures-{turn}"]))}
        ps = {"wherry": (None, lambda turn: wherry + ["ps"], None)}
        once = {"wherry": (None, lambda turn: wherry + ["run", "--rm", "figures:latest", "true"], None)}
        if shutil.which("crun") and os.path.isdir("/run/systemd/system"):
            rows["crun, systemd-run"] = raw_crun(scratch, root)
        podman = None
        if shutil.which("podman"):
            podman = ["podman"]
            if not os.path.isdir("/run/systemd/system"):
                podman += ["--cgroup-manager=cgroupfs", "--runtime", "runc"]
            imported = run(podman + ["import", archive, "figures:latest"])
            if imported.returncode == 0:
                rows["podman"] = (None, lambda turn: podman + [
                    "run", "-d", *own_limits(), "--network", "none", "--name", f"figures-{turn}", "figures:latest", "sleep", "1000"],
                    lambda turn: must(podman + ["rm", "-f", "-t", "0", f"figures-{turn}"]))
                once["podman"] = (None, lambda turn: podman + [
                    "run", "--rm", *own_limits(), "--network", "none", "figures:latest", "true"], None)
                ps["podman"] = (None, lambda turn: podman + ["ps"], None)
        interleave("run -d, no network", rows, options.runs)
        interleave("run --rm true", once, options.runs)
        interleave("ps, daemon warm", ps, options.runs)

        if os.path.isdir("/run/systemd/system"):
            stop = lambda: run(["systemctl", "stop", "wherry.service"])
            interleave("ps, daemon cold", {"wherry": (stop, lambda turn: wherry + ["ps"], None)}, options.runs)

        must(wherry + ["ps"])
        for pid in processes(b"daemon"):
            rss, dirty, private, threads = memory(pid)
            print(f"daemon while answering rss {rss} kB  private dirty {dirty} kB  private {private} kB"
                  f"  threads {threads}")
        if options.registry:
            weigh_pull(wherry, options.registry, root)
        run(wherry + ["image", "rm", "-f", "figures:latest"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
