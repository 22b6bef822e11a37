"""A registry out here, which no power cut reaches, and the images in it."""
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from machine import free_port

PUSH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tools/push_image.py")


class Registry:
    """Debian's docker-registry on loopback. `base` and `images` are references as the machine uses them, `ids` their
    images' IDs."""

    def __init__(self, folder, rng, outside, images=5):
        """`outside` is what the machine calls the device it runs on."""
        self.folder, self.port = folder, free_port()
        self.host = f"{outside}:{self.port}"
        os.makedirs(folder)
        self._start()
        self.ids = {}
        root = f"{folder}/root"
        self._make_root(root)
        self.base = self._push("base", [root])
        self.images = []
        for number in range(images):
            layers = [self._make_layer(f"{folder}/layer-{number}-{position}", rng) for position in range(rng.choice([1, 2, 3]))]
            self.images.append(self._push(f"image{number}", [root, *layers]))

    def _start(self):
        with open(f"{self.folder}/registry.yml", "w") as file:
            file.write(
                "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
                f"storage: {{filesystem: {{rootdirectory: {self.folder}/data}}}}\n"
                f'http: {{addr: "127.0.0.1:{self.port}"}}\n'
            )
        with open(f"{self.folder}/registry.log", "wb") as log:
            self.process = subprocess.Popen(
                ["docker-registry", "serve", f"{self.folder}/registry.yml"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("images.py: docker-registry does not answer")

    @staticmethod
    def _make_root(root):
        for folder in ("bin", "dev", "etc", "proc", "sys", "tmp", "data"):
            os.makedirs(f"{root}/{folder}")
        shutil.copy("/bin/busybox", f"{root}/bin/busybox")
        for applet in ("sh", "sleep", "true", "sha256sum", "echo", "cat", "ls"):
            os.symlink("busybox", f"{root}/bin/{applet}")
        with open("/bin/busybox", "rb") as file, open(f"{root}/data/sums", "w") as sums:
            sums.write(f"{hashlib.sha256(file.read()).hexdigest()}  /bin/busybox\n")

    @staticmethod
    def _make_layer(folder, rng):
        """Random files, and their sums: of the image's top layer only, which is enough to know it by."""
        os.makedirs(f"{folder}/data")
        sums = []
        name = os.path.basename(folder)
        for number in range(rng.randrange(10, 60)):
            content = rng.randbytes(rng.randrange(1, 60000))
            with open(f"{folder}/data/{name}-{number}", "wb") as file:
                file.write(content)
            sums.append(f"{hashlib.sha256(content).hexdigest()}  /data/{name}-{number}\n")
        with open(f"{folder}/data/sums", "w") as file:
            file.writelines(sums)
        return folder

    def _push(self, name, folders):
        command = [sys.executable, PUSH, "--registry", f"127.0.0.1:{self.port}", "--name", name, "--cmd", '["sh"]']
        for folder in folders:
            command += ["--rootfs", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        reference = f"{self.host}/{name}:latest"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v2/{name}/manifests/latest",
            headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.ids[reference] = json.load(answer)["config"]["digest"]
        return reference

    def stop(self):
        self.process.kill()
        self.process.wait()
