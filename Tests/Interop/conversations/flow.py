"""What a slow, a busy and a silent client cost the daemon and each other."""
import contextlib
import hashlib
import http.server
import json
import os
import tarfile
import threading
import time

from wherry_client import RemoteError
from conversations.expect import eventually, fails_with, median_of

MIB = 1 << 20
SPEAKERS = 10


def a_reader_that_stops_costs_no_more_than_its_window(world):
    """One client reads nothing at all, another reads its socket and none of the items; both follow `yes`."""
    world.run("shouter", "exec yes a line that is written as fast as the kernel takes it")
    client = world.client()
    call = client.open("container-logs", {1: "shouter", 2: True, 3: 1})
    next(iter(call))
    before = world.resident()
    deaf, lazy = world.client(), world.client()
    for reader in (deaf, lazy):
        reader.open("container-logs", {1: "shouter", 2: True})
    peak, end = before, time.monotonic() + 6
    while time.monotonic() < end:
        lazy.ping()
        assert sum(map(len, (call.items for call in lazy.calls.values()))) < 1 << 16
        peak = max(peak, world.resident())
        time.sleep(0.05)
    call.cancel()
    world.wherry("kill", "shouter")
    world.wherry("rm", "-f", "shouter")
    # Two windows of 64 KiB, what a connection may have queued (256 KiB), and a buffer of the log's reader, each.
    assert peak - before < 8 * MIB, f"{(peak - before) / MIB:.1f} MiB more for two readers that stopped"
    return f"{(peak - before) / MIB:.1f} MiB"


def a_short_call_is_fast_beside_a_pull_and_ten_log_streams(world):
    for number in range(SPEAKERS):
        world.run(f"speaker{number}", "i=0; while true; do seq 1 200; sleep 0.05; done")
    client = world.client(watch=False)
    ask = lambda: client.call("container-list", {})
    quiet = median_of(50, ask)
    with Registry(rate=2 * MIB) as registry:
        streams = [client.open("container-logs", {1: f"speaker{number}", 2: True}) for number in range(SPEAKERS)]
        pull = client.open("image-pull", {1: registry.image})
        begin, read = time.monotonic(), 0
        times = []
        while len(times) < 100:
            times.append(median_of(1, ask))
            for stream in streams:
                while stream.items:
                    read += len(next(iter(stream))[3])
        seconds = time.monotonic() - begin
        assert pull.outcome is None, "the pull ended before it was measured beside it"
        for stream in [pull, *streams]:
            stream.cancel()
        for stream in [pull, *streams]:
            fails_with("cancelled", stream)
    world.wherry("rm", "-f", *(f"speaker{number}" for number in range(SPEAKERS)))
    assert read > 10_000, f"{read} bytes of logs came in {seconds:.1f} s"
    busy = sorted(times)[len(times) // 2]
    # The machine is busy with the ten containers as well; were a call to wait for its turn behind what is queued for
    # eleven streams, or for the pull, this would be hundreds.
    assert busy < 10 * quiet, f"{busy * 1e3:.2f} ms beside a load, {quiet * 1e3:.2f} ms without"
    return f"{quiet * 1e3:.2f} ms without, {busy * 1e3:.2f} ms beside them, x{busy / quiet:.1f}"


def a_cancelled_pull_ends_there_too(world):
    client = world.client()
    client.call("system-info", {})
    descriptors, children = world.descriptors(), world.children()
    with Registry(rate=256 << 10) as registry:
        call = client.open("image-pull", {1: registry.image})
        for progress in call:
            if registry.sent > 64 << 10:
                break
        assert registry.serving == 1, "the layer is not being fetched"
        call.cancel()
        begin = time.monotonic()
        fails_with("cancelled", call)
        answered = time.monotonic() - begin
        assert answered < 3, f"the answer to cancel took {answered:.1f} s"
        eventually(5, "the registry is still read from", lambda: registry.serving == 0)
        eventually(5, "the pull's process lives", lambda: world.children() == children)
    eventually(5, "descriptors are left", lambda: world.descriptors() <= descriptors)
    assert all("slow" not in str(image) for image in client.call("image-list", {})[1])


def a_disconnect_cancels_what_was_asked_for(world):
    """Ten log streams and a pull, and the client is gone: nothing of it stays."""
    world.run("listened-to", "while true; do echo tick; sleep 0.1; done")
    world.client().call("system-info", {})
    time.sleep(0.5)
    descriptors, children = world.descriptors(), world.children()
    with Registry(rate=256 << 10) as registry:
        client = world.client()
        for _ in range(SPEAKERS):
            next(iter(client.open("container-logs", {1: "listened-to", 2: True})))
        pull = client.open("image-pull", {1: registry.image})
        client.pump(lambda: registry.serving == 1 or pull.outcome is not None, time.monotonic() + 20)
        assert pull.outcome is None, pull.outcome
        client.socket.close()
        eventually(5, "the registry is still read from", lambda: registry.serving == 0)
        eventually(5, "processes are left", lambda: world.children() == children)
        eventually(5, "descriptors are left", lambda: world.descriptors() <= descriptors)
    world.wherry("rm", "-f", "listened-to")


def a_thousand_idle_connections_cost_little(world):
    """Who does nothing keeps nobody else waiting."""
    client = world.client()
    ask = lambda: client.call("system-version", {})
    alone = median_of(50, ask)
    before = world.resident()
    crowd = [world.client(watch=False) for _ in range(1000)]
    each = (world.resident() - before) / len(crowd)
    beside = median_of(50, ask)
    for idle in crowd:
        idle.socket.close()
    assert each < 32 << 10, f"{each / 1024:.1f} KiB each"
    assert beside < 10 * alone, f"{beside * 1e3:.2f} ms beside them, {alone * 1e3:.2f} ms alone"
    return f"{each / 1024:.1f} KiB each; a call takes {beside * 1e3:.2f} ms, {alone * 1e3:.2f} ms without them"


def more_connections_than_a_user_may_have_are_refused(world):
    """With a reason, and those there are go on."""
    client = world.client()
    crowd = []
    try:
        while len(crowd) < 1100:
            crowd.append(world.client(watch=False))
        raise AssertionError(f"{len(crowd)} connections were accepted")
    except (RemoteError, EOFError) as error:
        assert "connections open already" in str(error), error
    finally:
        for idle in crowd:
            idle.socket.close()
    client.call("system-version", {})
    assert len(crowd) >= 1000, f"{len(crowd)} were accepted"
    return f"after {len(crowd) + 1}"


class Registry:
    """Serves one image whose layer comes at so many bytes a second, and knows who reads it."""

    def __init__(self, rate):
        self.rate, self.sent, self.serving = rate, 0, 0
        layer = os.urandom(MIB)
        config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {
            "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
        self.size = 256 * MIB  # never reached
        head = tarfile.TarInfo("file")
        head.size = self.size
        digests = ["sha256:" + hashlib.sha256(data).hexdigest() for data in (config, layer)]
        image = "application/vnd.oci.image."
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": image + "manifest.v1+json",
            "config": {"mediaType": image + "config.v1+json", "digest": digests[0], "size": len(config)},
            "layers": [{"mediaType": image + "layer.v1.tar", "digest": digests[1], "size": self.size}]}).encode()
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_HEAD(self):
                self.do_GET()

            def do_GET(self):
                if self.path.endswith(digests[1]):
                    return self.drip()
                kind, body = ("application/octet-stream", config) if self.path.endswith(digests[0]) else \
                    (image + "manifest.v1+json", manifest) if "/manifests/" in self.path else ("text/plain", b"")
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            def drip(self):
                self.send_response(200)
                self.send_header("Content-Length", str(registry.size))
                self.end_headers()
                registry.serving += 1
                with contextlib.suppress(OSError):
                    self.wfile.write(head.tobuf())
                    while not registry.closed:
                        self.wfile.write(layer[:registry.rate // 20])
                        registry.sent += registry.rate // 20
                        time.sleep(0.05)
                registry.serving -= 1
                self.close_connection = True

        self.closed = False
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.image = f"127.0.0.1:{self.server.server_address[1]}/slow/image:latest"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closed = True
        self.server.shutdown()
        self.server.server_close()
