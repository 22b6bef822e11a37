#!/usr/bin/env python3
"""Talks to the real daemon over its socket with a client that shares nothing with Wherry but wherry.cddl.

cbor2 reads and writes the bytes, pycddl validates every message in both directions against the schema, by its kind
and, for requests, responses and items, by the rules of its method. Prints TAP.

rpc_conversation.py WHERRY [wherry.cddl]
"""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback

import cbor2
import pycddl

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ["hello", "request", "response", "error", "item", "end", "cancel", "credit", "ping", "pong", "going-away"]
HELLO, REQUEST, RESPONSE, ERROR, ITEM, END, CANCEL, CREDIT, PING, PONG, GOING_AWAY = range(11)


class Schema:
    """The CDDL file, its table of methods, and one validator for each kind of message."""

    def __init__(self, path):
        with open(path) as file:
            self.text = file.read()
        self.validators = {}
        self.methods = {}
        for line in re.findall(r"^; @method (.+)$", self.text, re.M):
            number, name, role, *more = line.split()
            self.methods[name] = {"number": int(number), "role": role, **dict(item.split("=") for item in more)}
        self.names = {method["number"]: name for name, method in self.methods.items()}

    def validate(self, kind, data, method=None, direction=None):
        """Raises unless the encoded message is what the schema says of its kind and method."""
        root = KINDS[kind]
        if kind == REQUEST:
            # pycddl 0.6 does not get along with an optional element at the end, so there are two forms.
            known = method in self.methods
            number, params = (self.methods[method]["number"], f"{method}-params") if known else ("uint", "any")
            deadline = ", deadline: uint" if data[0] == 0x85 else ""
            root = f"[1, stream-id, {number}, {params}{deadline}]"
        elif method in self.methods and kind == RESPONSE:
            root = f"[2, stream-id, {method}-result]"
        elif method in self.methods and kind == ITEM:
            root = f"[4, stream-id, {self.methods[method][direction]}]"
        if root not in self.validators:
            self.validators[root] = pycddl.Schema(f"start = {root}\n{self.text}")
        self.validators[root].validate_cbor(data)


class RemoteError(Exception):
    def __init__(self, body):
        super().__init__(body)
        self.code, self.message = body[1], body[2]


class Client:
    """One connection. Every message, sent or received, is validated and remembered."""

    def __init__(self, path, schema, credit=1 << 16, greet=True):
        self.schema, self.stream, self.calls, self.messages, self.buffer = schema, -1, {}, [], b""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        if greet:
            self.send([HELLO, {1: 1, 2: 1, 3: 4 << 20, 4: 64, 5: credit, 6: "rpc_conversation.py", 7: []}])
            self.hello = self.receive()
            assert self.hello[0] == HELLO, self.hello

    def close(self):
        self.socket.close()

    def note(self, direction, message, data):
        kind = message[0]
        method = self.calls.get(message[1]) if kind in (REQUEST, RESPONSE, ITEM) else None
        self.schema.validate(kind, data, method, "input" if direction == "sent" else "output")
        assert cbor2.dumps(message, canonical=True) == data, f"not deterministic: {data.hex()}"
        self.messages.append((direction, kind))

    def send(self, message):
        data = cbor2.dumps(message, canonical=True)
        self.note("sent", message, data)
        self.socket.sendall(cbor2.dumps(data))

    def exactly(self, count):
        while len(self.buffer) < count:
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise EOFError
            self.buffer += piece
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def receive(self):
        head = self.exactly(1)[0]
        assert head >> 5 == 2, f"a frame is a byte string, this is {head:#x}"
        size = head & 31
        if size >= 24:
            assert size <= 26, "a head of at most five bytes"
            size = int.from_bytes(self.exactly({24: 1, 25: 2, 26: 4}[size]), "big")
        data = self.exactly(size)
        message = cbor2.loads(data)
        self.note("received", message, data)
        return message

    def start(self, method, params, deadline=None):
        self.stream += 2
        self.calls[self.stream] = method
        number = self.schema.methods[method]["number"] if method in self.schema.methods else method
        self.send([REQUEST, self.stream, number, params] + ([deadline] if deadline is not None else []))
        return self.stream

    def next(self, stream):
        """The next message of a call; whatever else arrives is answered or skipped."""
        while True:
            message = self.receive()
            if message[0] == PING:
                self.send([PONG, message[1]])
            elif message[0] in (RESPONSE, ERROR, ITEM, END) and message[1] == stream:
                return message

    def call(self, method, params, deadline=None):
        stream = self.start(method, params, deadline)
        message = self.next(stream)
        if message[0] == ERROR:
            raise RemoteError(message[2])
        assert message[0] == RESPONSE, message
        return message[2]


class World:
    """A daemon of its own, with an image made of busybox."""

    def __init__(self, binary):
        self.binary, self.folder = binary, tempfile.mkdtemp(prefix="wherry-interop.", dir="/var/tmp")
        self.socket = os.path.join(self.folder, "wherry.sock")
        self.log = open(os.path.join(self.folder, "daemon.log"), "w+")
        self.daemon = subprocess.Popen(
            [binary, "daemon", "--state", f"{self.folder}/state", "--run", f"{self.folder}/run", "--socket", self.socket,
             "--supervisor", "conmon"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 15
        while True:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                probe.connect(self.socket)
                return
            if time.monotonic() > deadline or self.daemon.poll() is not None:
                self.log.seek(0)
                sys.exit(f"Bail out! the daemon does not listen: {self.log.read()}")
            time.sleep(0.05)

    def wherry(self, *arguments, **more):
        return subprocess.run([self.binary, "-H", f"unix://{self.socket}", *arguments], check=True, text=True,
                              stdout=subprocess.PIPE, **more).stdout.strip()

    def make_image(self):
        root = os.path.join(self.folder, "root")
        for name in ("bin", "dev", "proc", "sys", "tmp"):
            os.makedirs(os.path.join(root, name))
        shutil.copy("/bin/busybox", os.path.join(root, "bin/busybox"))
        for name in ("sh", "seq", "sleep", "echo", "cat"):
            os.symlink("busybox", os.path.join(root, "bin", name))
        archive = os.path.join(self.folder, "root.tar")
        subprocess.run(["tar", "-C", root, "-cf", archive, "."], check=True)
        self.wherry("import", archive, "interop:latest")

    def close(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            for container in self.wherry("ps", "-aq").split():
                self.wherry("rm", "-f", container)
        self.daemon.terminate()
        try:
            self.daemon.wait(10)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


# ---------------------------------------------------------------- the conversations


def hello_says_what_the_daemon_accepts(world, schema):
    client = Client(world.socket, schema)
    body = client.hello[1]
    assert body[1] >= body[2] >= 1, body
    assert 65536 <= body[3] <= 64 << 20, "maximum frame"
    assert body[4] >= 1 and "wherry" in body[6].lower(), body


def system_version_and_info(world, schema):
    client = Client(world.socket, schema)
    version = client.call("system-version", {})
    assert version[2] == 1 and version[8] == "conmon", version
    info = client.call("system-info", {})
    assert info[3] == 1, f"one image: {info}"
    assert info[12] == os.cpu_count(), info


def image_list_and_inspect(world, schema):
    client = Client(world.socket, schema)
    images = client.call("image-list", {})[1]
    assert len(images) == 1 and images[0][2] == ["interop:latest"] or "interop" in str(images[0][2]), images
    detail = client.call("image-inspect", {1: "interop:latest"})
    assert detail[1] == images[0][1] and len(detail[11]) == 1, detail


def container_life_by_rpc(world, schema):
    client = Client(world.socket, schema)
    spec = {1: "interop:latest", 2: "by-rpc", 3: ["sh", "-c", "exit 3"], 9: {"made": "by rpc"}}
    made = client.call("container-create", {1: spec})
    client.call("container-start", {1: "by-rpc"})
    assert client.call("container-wait", {1: made[1]})[1] == 3
    listed = client.call("container-list", {1: True, 3: {"label": ["made=by rpc"]}})[1]
    assert [entry[1] for entry in listed] == [made[1]] and listed[0][10] == 3, listed
    detail = client.call("container-inspect", {1: "by-rpc"})
    assert detail[3][3] == ["sh", "-c", "exit 3"] and detail[6][1] == 2, detail
    client.call("container-remove", {1: "by-rpc"})
    assert client.call("container-list", {1: True})[1] == []


def container_list_is_empty_at_first(world, schema):
    assert Client(world.socket, schema).call("container-list", {}) == {1: []}


def errors_have_codes_and_name_the_object(world, schema):
    client = Client(world.socket, schema)
    for method, params, code in [
        ("container-inspect", {1: "nobody"}, 2), ("image-inspect", {1: "nothing:here"}, 2),
        ("container-kill", {1: "nobody", 2: "TERM"}, 2), ("container-inspect", {}, 1),
    ]:
        try:
            if params:
                client.call(method, params)
            else:
                # Not what the schema says, so it goes out unvalidated.
                client.stream += 2
                client.calls[client.stream] = None
                client.socket.sendall(cbor2.dumps(cbor2.dumps([REQUEST, client.stream, 23, {}])))
                message = client.next(client.stream)
                raise RemoteError(message[2])
        except RemoteError as error:
            assert error.code == code, f"{method}: {error}"
        else:
            raise AssertionError(f"{method} was answered")
    client.call("system-version", {})


def an_unknown_method_is_refused_and_the_connection_lives(world, schema):
    client = Client(world.socket, schema)
    try:
        client.call(9999, {})
        raise AssertionError("answered")
    except RemoteError as error:
        assert error.code == 12, error
    client.call("system-version", {})


def unknown_keys_are_skipped(world, schema):
    client = Client(world.socket, schema)
    client.stream += 2
    client.calls[client.stream] = "container-list"
    client.socket.sendall(cbor2.dumps(cbor2.dumps([REQUEST, client.stream, 22, {1: True, 99: ["new", {"x": 1}]}])))
    message = client.next(client.stream)
    assert message[0] == RESPONSE, message


def many_calls_at_once(world, schema):
    client = Client(world.socket, schema)
    streams = [client.start("system-version", {}) for _ in range(16)]
    answered = set()
    while len(answered) < len(streams):
        message = client.receive()
        if message[0] == RESPONSE:
            answered.add(message[1])
    assert answered == set(streams)


def ping_is_answered(world, schema):
    client = Client(world.socket, schema)
    client.send([PING, 123456789])
    assert client.receive() == [PONG, 123456789]


def logs_stream_within_the_credit(world, schema):
    world.wherry("run", "-d", "--name", "talker", "interop:latest", "sh", "-c", "seq 1 5000")
    world.wherry("wait", "talker")
    client = Client(world.socket, schema, credit=8192)
    stream = client.start("container-logs", {1: "talker"})
    lines, owed, stalled = b"", 0, False
    client.socket.settimeout(1)
    while True:
        try:
            message = client.next(stream)
        except TimeoutError:
            # The daemon has used its credit up and waits for more.
            stalled = True
            client.send([CREDIT, stream, 65536])
            continue
        if message[0] == ITEM:
            size = len(cbor2.dumps(message[2], canonical=True))
            owed += size
            assert stalled or owed <= 8192 + size, f"{owed} bytes without credit"
            assert message[2][1] == 1 and message[2][2] > 1_600_000_000_000_000_000, message
            lines += message[2][3]
        elif message[0] == RESPONSE:
            break
        else:
            assert message[0] == END, message
    assert stalled, "8 KiB of credit were enough for 24 KB of logs"
    assert lines == b"".join(b"%d\n" % number for number in range(1, 5001)), lines[:80]


def following_logs_can_be_cancelled(world, schema):
    world.wherry("run", "-d", "--name", "sleeper", "interop:latest", "sh", "-c", "echo ready; sleep 1000")
    client = Client(world.socket, schema)
    stream = client.start("container-logs", {1: "sleeper", 2: True})
    assert client.next(stream)[0] == ITEM
    client.send([CANCEL, stream])
    begin = time.monotonic()
    client.call("system-version", {})
    assert time.monotonic() - begin < 2


def a_deadline_ends_a_call(world, schema):
    client = Client(world.socket, schema)
    begin = time.monotonic()
    try:
        client.call("container-wait", {1: "sleeper"}, deadline=300)
        raise AssertionError("answered")
    except RemoteError as error:
        assert error.code == 8, error
    assert time.monotonic() - begin < 5


def an_attached_run_streams_both_ways(world, schema):
    client = Client(world.socket, schema)
    stream = client.start("container-run", {1: {1: "interop:latest", 3: ["cat"], 19: True, 20: True}})
    client.send([ITEM, stream, {1: bytes(range(256))}])
    client.send([END, stream])
    out = b""
    while True:
        message = client.next(stream)
        if message[0] == ITEM:
            out += message[2].get(1, b"")
        elif message[0] == RESPONSE:
            assert message[2][2] == 0, message
            break
        else:
            assert message[0] == END, message
    assert out == bytes(range(256)), out


def garbage_closes_one_connection(world, schema):
    with open("/dev/urandom", "rb") as random:
        noise = random.read(4096)
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x81" * 5000, b"\x5b" + b"\x7f" * 8, noise, cbor2.dumps(b"\x81" * 64)):
        client = Client(world.socket, schema, greet=False)
        try:
            client.socket.sendall(data)
            client.socket.shutdown(socket.SHUT_WR)
            while client.socket.recv(65536):
                pass
        except ConnectionError:
            pass
    Client(world.socket, schema).call("system-version", {})


CONVERSATIONS = [
    hello_says_what_the_daemon_accepts, container_list_is_empty_at_first, system_version_and_info,
    image_list_and_inspect, container_life_by_rpc, errors_have_codes_and_name_the_object,
    an_unknown_method_is_refused_and_the_connection_lives, unknown_keys_are_skipped, many_calls_at_once,
    ping_is_answered, logs_stream_within_the_credit, following_logs_can_be_cancelled, a_deadline_ends_a_call,
    an_attached_run_streams_both_ways, garbage_closes_one_connection,
]


def main():
    binary = os.path.abspath(sys.argv[1])
    schema = Schema(sys.argv[2] if len(sys.argv) > 2 else f"{HERE}/../../Sources/WherryWire/wherry.cddl")
    for kind in range(len(KINDS)):
        pycddl.Schema(f"start = {KINDS[kind]}\n{schema.text}")
    world = World(binary)
    failed = 0
    try:
        world.make_image()
        print(f"1..{len(CONVERSATIONS)}")
        for number, conversation in enumerate(CONVERSATIONS, 1):
            name = conversation.__name__.replace("_", " ")
            try:
                conversation(world, schema)
                print(f"ok {number} {name}", flush=True)
            except Exception:
                failed += 1
                print(f"not ok {number} {name}")
                print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="", flush=True)
    finally:
        world.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
