"""The engines that are compared, by their command lines, and what of each is left running."""
import json
import os
import re
import resource
import subprocess

IMAGE = "peers:latest"
SLEEP = ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]


def run(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)


def must(command):
    result = run(command)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {result.returncode}: {result.stderr.strip()[-300:]}")
    return result.stdout.strip()


class Engine:
    """`flags` are those that `run` needs here; `programs` are the names of the engine's processes."""

    def __init__(self, name, flags, programs, pull_flags=()):
        self.name, self.flags, self.programs, self.pull_flags = name, flags, programs, pull_flags

    def version(self):
        return re.search(r"\d+\.\d+[^ ,]*", must([self.name, "--version"])).group()

    def load(self, archive):
        must([self.name, "import", archive, IMAGE])

    def detach(self, name):
        return [self.name, "run", "-d", *self.flags, "--name", name, IMAGE, *SLEEP]

    def once(self):
        return [self.name, "run", "--rm", *self.flags, IMAGE, "true"]

    def exec(self, name):
        return [self.name, "exec", name, "true"]

    def ps(self):
        return [self.name, "ps"]

    def stop(self, name):
        return [self.name, "stop", name]

    def start(self, name):
        must([self.name, "start", name])

    def remove(self, names):
        if names:
            must([self.name, "rm", "-f", *names])

    def processes(self, also=()):
        """Process numbers, by the program's name; `also` are names besides the engine's own."""
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    program = os.path.basename(file.read().split(b"\0")[0]).decode()
            except OSError:
                continue
            if program in self.programs or program in also:
                found.append(int(entry))
        return found

    def footprint(self):
        """How many processes the engine has, and the KiB of memory that are theirs (PSS)."""
        count, total = 0, 0
        for pid in self.processes():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as rollup:
                    total += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
                count += 1
            except (OSError, StopIteration):
                continue
        return count, total


def podman_flags():
    """Podman raises limits, and its crun the one for locked memory before it sets device rules of a control group. Both
    need CAP_SYS_RESOURCE: without it Podman gets the limits that there are, and no control group, which is in its
    favour."""
    with open("/proc/self/status") as status:
        held = int(next(line.split()[1] for line in status if line.startswith("CapEff")), 16)
    if held >> 24 & 1:
        return []
    flags = ["--cgroups", "disabled"]
    for name, number in [("memlock", resource.RLIMIT_MEMLOCK), ("nofile", resource.RLIMIT_NOFILE),
                         ("nproc", resource.RLIMIT_NPROC)]:
        soft, hard = resource.getrlimit(number)
        flags += ["--ulimit", f"{name}={soft}:{hard}"]
    return flags


def all_engines():
    return [
        Engine("wherry", ["--network", "none"], ["wherry", "conmon", "crun"]),
        Engine("docker", ["--network", "none"],
               ["dockerd", "containerd", "containerd-shim-runc-v2", "docker-proxy", "runc"]),
        Engine("podman", ["--network", "none", *podman_flags()], ["podman", "conmon", "crun", "netavark"],
               ["--tls-verify=false"]),
    ]


class ByHand:
    """The least that a container under systemd can cost: crun in a unit, with no engine. A root that is there already,
    crun's own example of a configuration: no image, no overlay, no system call filter."""

    name = "crun by hand"

    def __init__(self, scratch, root):
        self.bundle = f"{scratch}/bundle"
        os.makedirs(self.bundle)
        must(["crun", "spec", "--bundle", self.bundle])
        with open(f"{self.bundle}/config.json") as file:
            spec = json.load(file)
        spec["root"] = {"path": root}
        spec["process"].update(args=SLEEP, terminal=False)
        spec["process"].pop("rlimits", None)
        with open(f"{self.bundle}/config.json", "w") as file:
            json.dump(spec, file)

    def detach(self, name):
        return [
            "systemd-run", "--quiet", "--collect", f"--unit=peers-{name}", "--property=Type=forking",
            "--property=Delegate=yes", f"--property=PIDFile=/run/peers-{name}.pid",
            "crun", "--cgroup-manager=disabled", "run", "--detach",
            f"--bundle={self.bundle}", f"--pid-file=/run/peers-{name}.pid", f"peers-{name}"]

    def remove(self, names):
        for name in names:
            must(["crun", "delete", "--force", f"peers-{name}"])
            run(["systemctl", "stop", f"peers-{name}"])
