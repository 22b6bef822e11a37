"""A daemon of its own for the conversations: unix socket, TLS with a client of each role, an image made of busybox."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from schema import Schema, Watch
from wherry_client import Client

HERE = os.path.dirname(os.path.abspath(__file__))
ROLES = ["viewer", "operator", "admin"]
# Debian has these accounts everywhere, each in the group of its name (base-passwd).
OPERATORS, VIEWERS, STRANGERS = "bin", "games", "news"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class World:
    def __init__(self, binary, cddl):
        self.binary, self.folder = binary, tempfile.mkdtemp(prefix="wherry-interop.", dir="/var/tmp")
        os.chmod(self.folder, 0o711)
        self.schema = Schema(cddl or f"{HERE}/../../Sources/WherryWire/wherry.cddl")
        self.socket, self.port = os.path.join(self.folder, "wherry.sock"), free_port()
        self.log = open(os.path.join(self.folder, "daemon.log"), "w+")
        self.make_certificates()
        with open(f"{self.folder}/daemon.json", "w") as file:
            json.dump({"operator-groups": [OPERATORS], "viewer-groups": [VIEWERS]}, file)
        self.start()
        self.make_image()

    def start(self):
        self.daemon = subprocess.Popen(
            [self.binary, "daemon", "--config", f"{self.folder}/daemon.json", "--state", f"{self.folder}/state",
             "--run", f"{self.folder}/run", "--socket", self.socket, "--remote", f"127.0.0.1:{self.port}",
             "--tls", f"{self.folder}/device", "--supervisor", "conmon"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 15
        while True:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                probe.connect(self.socket)
                return
            if time.monotonic() > deadline or self.daemon.poll() is not None:
                sys.exit(f"Bail out! the daemon does not listen: {self.logged()}")
            time.sleep(0.05)

    def logged(self):
        with open(self.log.name) as file:
            return file.read()

    def stop(self):
        self.daemon.terminate()
        try:
            self.daemon.wait(15)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()

    def close(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.wherry("rm", "-f", *self.wherry("ps", "-aq").split())
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------ clients

    def client(self, window=1 << 16, watch=True):
        """A connection over the unix socket, whose messages are validated."""
        return Client.unix(self.socket, self.schema.methods, window=window, observe=Watch(self.schema) if watch else None)

    def remote(self, role, **more):
        """One over TLS, with the certificate of a role."""
        files = f"{self.folder}/{role}"
        return Client.tls("localhost", self.port, self.schema.methods, f"{files}/ca.pem", f"{files}/cert.pem",
                          f"{files}/key.pem", observe=Watch(self.schema), **more)

    def wherry(self, *arguments, **more):
        return subprocess.run([self.binary, "-H", f"unix://{self.socket}", *arguments], check=True, text=True,
                              stdout=subprocess.PIPE, **more).stdout.strip()

    def run(self, name, script):
        """A container that runs a shell script."""
        self.wherry("run", "-d", "--name", name, "interop:latest", "sh", "-c", script)

    # ------------------------------------------------------------ things

    def make_certificates(self):
        def cert(*arguments):
            subprocess.run([self.binary, "daemon", "cert", *arguments], check=True, stdout=subprocess.DEVNULL)

        ca = f"{self.folder}/ca"
        cert("ca", "--out", ca)
        cert("device", "--ca", ca, "--host", "localhost", "--out", f"{self.folder}/device")
        for role in ROLES:
            cert("client", "--ca", ca, "--name", f"test-{role}", "--role", role, "--out", f"{self.folder}/{role}")

    def make_image(self):
        root = os.path.join(self.folder, "root")
        for name in ("bin", "dev", "proc", "sys", "tmp"):
            os.makedirs(os.path.join(root, name))
        shutil.copy("/bin/busybox", os.path.join(root, "bin/busybox"))
        for name in ("sh", "seq", "sleep", "echo", "cat", "yes"):
            os.symlink("busybox", os.path.join(root, "bin", name))
        self.archive = os.path.join(self.folder, "root.tar")
        subprocess.run(["tar", "-C", root, "-cf", self.archive, "."], check=True)
        self.wherry("import", self.archive, "interop:latest")

    # ------------------------------------------------------------ what the daemon costs

    def resident(self):
        """Bytes of memory of its own: what is shared with files does not count."""
        with open(f"/proc/{self.daemon.pid}/status") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("RssAnon"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.daemon.pid}/fd"))

    def children(self):
        with open(f"/proc/{self.daemon.pid}/task/{self.daemon.pid}/children") as file:
            return file.read().split()
