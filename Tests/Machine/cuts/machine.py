"""A virtual machine of Tests/Machine, from Python: started, spoken to, killed."""
import base64
import re
import shlex
import socket
import subprocess
import threading
import time

TAIL = re.compile(rb"\n\[exit (\d+)\]$")
# A cut needs many boots. Without udev one takes two thirds of the time, and containers need none.
KERNEL_OPTIONS = (
    "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet panic=-1 mitigations=off nokaslr audit=0 nowatchdog no_timer_check "
    "systemd.mask=systemd-udevd.service systemd.mask=systemd-udev-trigger.service "
    "systemd.mask=systemd-udevd-control.socket systemd.mask=systemd-udevd-kernel.socket"
)


class WentAway(Exception):
    """No answer: the machine was killed, or never there."""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Machine:
    """`drive` is what qemu's -drive calls the root disk; `base` is the folder of kernel and initrd; `client` the
    binary whose commands run out here, where a processor is a processor."""

    def __init__(self, base, folder, drive, client):
        self.base, self.folder, self.drive, self.client = base, folder, drive, client
        self.port, self.relay_port = free_port(), free_port()
        self.process = None
        self.is_killed = False
        self.kill_lock = threading.Lock()

    def start(self):
        self.is_killed = False
        command = ["nice", "-n", "5", "qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi"]
        command += ["-cpu", "Nehalem", "-smp", "1", "-m", "768", "-kernel", f"{self.base}/kernel"]
        command += ["-initrd", f"{self.base}/initrd", "-append", KERNEL_OPTIONS, "-drive", self.drive]
        command += ["-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.port}-:7777,hostfwd=tcp:127.0.0.1:{self.relay_port}-:7778"]
        command += ["-device", "virtio-net-pci,netdev=net", "-device", "virtio-rng-pci", "-display", "none"]
        command += ["-no-reboot", "-serial", f"file:{self.folder}/console.log", "-monitor", "none"]
        with open(f"{self.folder}/qemu.log", "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def is_up(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        # Before anybody can notice: who fails from now on may have failed because of this.
        self.is_killed = True
        with self.kill_lock:
            if self.process is not None:
                self.process.kill()
                self.process.wait()
                self.process = None

    def run(self, command, timeout=None):
        """A shell command (or a list of words): its exit code and its output. Throws WentAway."""
        text = command if isinstance(command, str) else shlex.join(command)
        held = b""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as agent:
                agent.settimeout(timeout)
                agent.sendall(base64.b64encode(text.encode()) + b"\n")
                while chunk := agent.recv(65536):
                    held += chunk
        except OSError as error:
            raise WentAway(str(error)) from error
        end = TAIL.search(held)
        if end is None:
            raise WentAway("the connection ended before the command did")
        return int(end.group(1)), held[: end.start()].decode(errors="replace")

    def wherry(self, *words):
        """A command of the client: its exit code, what it printed, its errors last. Throws WentAway."""
        try:
            with socket.create_connection(("127.0.0.1", self.relay_port), timeout=5) as daemon:
                daemon.settimeout(None)
                number = daemon.fileno()
                ended = subprocess.run(
                    [self.client, "--host", f"fd://{number}", *words],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(number,),
                )
        except OSError as error:
            raise WentAway(str(error)) from error
        if ended.returncode != 0 and (self.is_killed or not self.is_up()):
            raise WentAway("killed while a command ran")
        return ended.returncode, (ended.stdout + ended.stderr).decode(errors="replace")

    def wait_until_up(self, seconds=240):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.is_up():
            try:
                # The restore is a part of the boot.
                status, output = self.run("systemctl is-system-running --wait", timeout=seconds)
                if output.strip() in ("running", "degraded"):
                    return output.strip()
            except WentAway:
                pass
            time.sleep(0.3)
        raise WentAway("the machine did not come up")
