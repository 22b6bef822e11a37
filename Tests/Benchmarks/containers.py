"""The list of the fixture's containers as Docker's API gives it: `GET /containers/json`."""
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time


def fixture(peer):
    """The containers that rpc-bench-wherry lists."""
    for line in subprocess.run([peer, "containers"], capture_output=True, text=True, check=True).stdout.splitlines():
        ident, name, image, image_id, command, labels, mounts, networks, *numbers = line.split("\t")
        created, started, finished, exit_code, _restarts = map(int, numbers)
        yield {
            "id": ident, "name": name, "image": image, "image_id": image_id, "command": command.split("|"),
            "labels": dict(label.split("=", 1) for label in labels.split("|")), "mounts": mounts.split("|"),
            "networks": networks.split("|"), "created": created, "started": started, "finished": finished,
            "exit_code": exit_code,
        }


def docker_list(peer):
    """Bytes of the JSON of Docker Engine API v1.47, schema ContainerSummary, for the same values."""
    listed = [{
        "Id": one["id"],
        "Names": ["/" + one["name"]],
        "Image": one["image"],
        "ImageID": one["image_id"],
        "Command": " ".join(one["command"]),
        "Created": one["created"] // 10**9,
        "Ports": [],
        "Labels": one["labels"],
        "State": "exited" if one["finished"] else "running",
        "Status": f"Exited ({one['exit_code']}) 2 hours ago" if one["finished"] else "Up 2 hours",
        "HostConfig": {"NetworkMode": one["networks"][0]},
        "NetworkSettings": {"Networks": {network: {
            "IPAMConfig": None, "Links": None, "Aliases": None, "MacAddress": "", "DriverOpts": None,
            "NetworkID": one["id"][::-1], "EndpointID": "" if one["finished"] else one["image_id"][:6:-1],
            "Gateway": "", "IPAddress": "", "IPPrefixLen": 0, "IPv6Gateway": "", "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0, "DNSNames": None,
        } for network in one["networks"]}},
        "Mounts": [{
            "Type": "bind", "Source": f"/srv{target}", "Destination": target, "Mode": "", "RW": True,
            "Propagation": "rprivate",
        } for target in one["mounts"]],
    } for one in fixture(peer)]
    body = json.dumps(listed, separators=(",", ":")).encode() + b"\n"
    return "Docker, body built from the schema of API v1.47 (no daemon was asked)", len(body)


def daemon_list(peer, path):
    """Bytes of a real Docker daemon's answer: the same containers made in it, listed, and removed again."""
    def ask(method, url, body=None, kind="application/json", fine=(200, 201, 204)):
        connection = UnixConnection(path)
        connection.request(method, url, body, {"Content-Type": kind})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status not in fine:
            raise SystemExit(f"{method} {url}: {answer.status} {content.decode()}")
        return content

    version = json.loads(ask("GET", "/version"))
    made, images = [], set()
    try:
        for one in fixture(peer):
            repository, tag = one["image"].rsplit(":", 1)
            if one["image"] not in images:
                empty = bytes(10240)
                ask("POST", f"/images/create?fromSrc=-&repo={repository}&tag={tag}", empty, "application/x-tar")
                images.add(one["image"])
            wanted = {
                "Image": one["image"], "Cmd": one["command"], "Labels": one["labels"],
                "HostConfig": {"NetworkMode": one["networks"][0], "Binds": [f"/srv{m}:{m}" for m in one["mounts"]]},
            }
            made.append(json.loads(ask("POST", f"/containers/create?name={one['name']}", json.dumps(wanted)))["Id"])
        body = ask("GET", "/containers/json?all=true")
    finally:
        for ident in made:
            ask("DELETE", f"/containers/{ident}")
        for image in images:
            ask("DELETE", f"/images/{image}")
    name = f"Docker {version['Version']}, API {version['ApiVersion']}"
    return f"{name}, body of its answer, {len(json.loads(body))} containers (created)", len(body)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("d")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def podman_list(peer):
    """Bytes of a real answer: the same containers made in a podman of its own and asked for over its Docker API."""
    if not shutil.which("podman"):
        raise SystemExit("--podman: there is no podman here")
    with tempfile.TemporaryDirectory() as folder:
        podman = ["podman", "--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs"]
        image = make_image(podman, folder)
        for one in fixture(peer):
            labels = [word for pair in one["labels"].items() for word in ("--label", "=".join(pair))]
            mounts = [word for target in one["mounts"] for word in ("-v", f"{folder}:{target}")]
            subprocess.run([*podman, "create", "--name", one["name"], "--network", "host", *labels, *mounts, image,
                            *one["command"]], check=True, capture_output=True)
        service = subprocess.Popen([*podman, "system", "service", "-t", "0", f"unix://{folder}/api"])
        try:
            while not os.path.exists(f"{folder}/api"):
                time.sleep(0.1)
            connection = UnixConnection(f"{folder}/api")
            connection.request("GET", "/v1.41/containers/json?all=true")
            body = connection.getresponse().read()
        finally:
            service.terminate()
            service.wait()
        count = len(json.loads(body))
        version = subprocess.run(["podman", "--version"], capture_output=True, text=True).stdout.split()[-1]
        return f"podman {version}, body of its Docker API, {count} containers (created)", len(body)


def make_image(podman, folder):
    """An image with nothing in it but a name like the fixture's."""
    with open(f"{folder}/empty.tar", "wb") as file:
        file.write(bytes(10240))
    name = "registry.example/site/web:1.0"
    subprocess.run([*podman, "import", f"{folder}/empty.tar", name], check=True, capture_output=True)
    return name
