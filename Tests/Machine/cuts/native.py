"""The same cuts without a virtual machine, where a boot takes a second: the daemon and its containers in namespaces of their
own, the state on an ext4 of its own that is shut down in the midst of writing (EXT4_IOC_SHUTDOWN: from then on nothing
reaches its disk), all processes killed at once, /run and the boot's ID gone. No systemd: conmon keeps the containers."""
import fcntl
import os
import random
import struct
import subprocess
import threading
import time
import uuid

from machine import WentAway

# linux/fs/ext4: _IOR('X', 125, __u32), and whether the journal is still written.
EXT4_IOC_SHUTDOWN, LOG_FLUSH, NO_LOG_FLUSH = 0x8004587D, 1, 2

# The first process takes up what conmon leaves to it, as init does.
BOOT = r"""
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -o loop "$1/state.img" "$1/state"
mount -t tmpfs tmpfs "$1/run"
mount --bind "$1/boot-id" /proc/sys/kernel/random/boot_id
"$2" daemon --state "$1/state" --run "$1/run" --socket "$1/wherry.sock" --supervisor conmon </dev/null >>"$1/daemon.log" 2>&1 &
while :; do wait -n || sleep 0.2; done
"""

# Sections as look.py's; those of systemd are empty.
LOOK = r"""
section() { printf '\n@@ %s\n' "$1"; }
cd "$1/state"
section restore; echo success
section folders; ls -A containers
section volume-folders; ls -A volumes
section staging; ls -A staging
section damaged; ls -A damaged
section layers; for l in layers/*; do [ -f $l/layer.cbor ] && [ -d $l/tree ] || echo "$l"; done
section temporary; find images containers -maxdepth 2 -name '.*.tmp'
section units
section groups
section mounts; awk -v run="$1/run/" 'index($5, run) == 1 { print $5 }' /proc/self/mountinfo
section processes; pgrep -fc '^sleep 100000'
section failed
section journal; tail -n 20 "$1/daemon.log"
"""


class NativeMachine:
    def __init__(self, folder, client):
        self.folder, self.client = folder, client
        self.process = self.first = None
        self.is_killed = False
        self.identities = set()
        self.kill_lock = threading.Lock()
        for name in ("state", "run"):
            os.makedirs(f"{folder}/{name}")
        image = f"{folder}/state.img"
        with open(image, "w") as file:
            file.truncate(512 << 20)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", image], check=True)

    def start(self):
        self.is_killed = False
        with open(f"{self.folder}/boot-id", "w") as file:
            file.write(f"{uuid.uuid4()}\n")
        self.process = subprocess.Popen(
            ["unshare", "-m", "-p", "--fork", "--kill-child", "bash", "-c", BOOT, "boot", self.folder, self.client],
            stdin=subprocess.DEVNULL, start_new_session=True,
        )

    def is_up(self):
        return self.process is not None and self.process.poll() is None

    def _first(self):
        """The first process of the namespaces, as it is called out here."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return int(file.read().split()[0])

    def kill(self):
        self.is_killed = True
        with self.kill_lock:
            if self.process is None:
                return
            try:
                inside = f"/proc/{self._first()}/root{self.folder}/state"
                if os.path.exists(f"{inside}/containers"):
                    self.identities.update(os.listdir(f"{inside}/containers"))
                state = os.open(inside, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    fcntl.ioctl(state, EXT4_IOC_SHUTDOWN, struct.pack("I", random.choice([LOG_FLUSH, NO_LOG_FLUSH])))
                finally:
                    os.close(state)
            except (OSError, IndexError):
                pass  # Not even mounted yet: then nothing was being written.
            self.process.kill()
            self.process.wait()
            self.process = None
            self._wait_until_free()
            self._remove_groups()

    def _wait_until_free(self):
        """The last process takes the mount with it, and that the loop device."""
        image = f"{self.folder}/state.img"
        for _ in range(600):
            if not subprocess.run(["losetup", "-j", image], capture_output=True, check=True).stdout.strip():
                return
            time.sleep(0.05)
        raise SystemExit(f"native.py: {image} stays in use")

    def _remove_groups(self):
        """Control groups of a real machine end with it."""
        for folder, _, _ in os.walk("/sys/fs/cgroup", topdown=False):
            if any(identity in folder for identity in self.identities):
                try:
                    os.rmdir(folder)
                except OSError:
                    pass

    def run(self, command, timeout=None):
        if command is not None and not isinstance(command, str):
            raise ValueError("a shell's command")
        ended = subprocess.run(
            ["nsenter", "-t", str(self._first()), "-m", "-p", "bash", "-c", LOOK, "look", self.folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
        )
        return ended.returncode, ended.stdout.decode(errors="replace")

    def wherry(self, *words):
        ended = subprocess.run(
            [self.client, "--host", f"unix://{self.folder}/wherry.sock", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        if ended.returncode != 0 and (self.is_killed or not self.is_up()):
            raise WentAway("killed while a command ran")
        return ended.returncode, (ended.stdout + ended.stderr).decode(errors="replace")

    def wait_until_up(self, seconds=60):
        """And until what a boot brings back is back, as wherry-restore.service does it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.is_up():
            if self.wherry("version")[0] == 0:
                status, output = self.wherry("internal", "restore")
                if status != 0:
                    raise WentAway(f"restore: exit {status}: {output}")
                return
            time.sleep(0.1)
        raise WentAway("the daemon does not answer")
