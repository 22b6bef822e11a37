#!/usr/bin/python3
"""A plugin for Wherry, written from its specification (plugin.cddl, WireProtocol.md) with Python's own library alone.

It drives volumes that are folders below $FOLDERS_ROOT (/srv/folders), and, where it is asked, forbids privileged
containers and bind mounts of /etc: one file of about 200 lines, to be read and changed.

    install -m 755 folders.py /etc/wherry/plugins/folders     started by the daemon, the connection is standard input
    folders.py --listen /etc/wherry/plugins/folders.socket    a service of its own; it outlives the daemon
    wherry volume create -d folders data && wherry run --rm -v data:/data IMAGE touch /data/file
"""
import os
import shutil
import socket
import sys
import threading

HELLO, REQUEST, RESPONSE, ERROR, ITEM, END, CANCEL, CREDIT, PING, PONG, GOING_AWAY = range(11)
INVALID, NOT_FOUND, CONFLICT, INTERNAL, UNKNOWN_METHOD = 1, 2, 3, 11, 12
ELEMENTS = {HELLO: (2,), REQUEST: (4, 5), RESPONSE: (3,), ERROR: (3,), ITEM: (3,), END: (2,), CANCEL: (2,),
            CREDIT: (3,), PING: (2,), PONG: (2,), GOING_AWAY: (3,)}
VOLUME, AUTHORIZATION, LIMIT, DEPTH = 1, 2, 1 << 20, 16


class Violation(Exception):
    """The daemon broke the protocol: the connection ends."""


class Failure(Exception):
    """A call fails, with a code of the specification and words for people."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


# CBOR (RFC 8949), as far as the wire needs it.
def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for more, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << 8 * size:
            return bytes([major << 5 | more]) + value.to_bytes(size, "big")
    raise ValueError("too large a number")


def encode(value):
    """Deterministic: shortest heads, keys in the order of their bytes."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return head(3, len(text)) + text
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    entries = sorted((encode(key), encode(content)) for key, content in value.items())
    return head(5, len(entries)) + b"".join(key + content for key, content in entries)


class Reader:
    def __init__(self, data):
        self.data, self.place = data, 0

    def take(self, count):
        self.place += count
        if self.place > len(self.data):
            raise Violation("a message ends too early")
        return self.data[self.place - count:self.place]

    def value(self, depth=0):
        if depth > DEPTH:
            raise Violation("nested too deep")
        first = self.take(1)[0]
        major, more = first >> 5, first & 31
        if first in (0xf4, 0xf5):
            return first == 0xf5
        if major > 5 or more > 27:
            raise Violation("not a value of this protocol")
        count = more if more < 24 else int.from_bytes(self.take(1 << more - 24), "big")
        if major < 2:
            return count if major == 0 else -1 - count
        if major < 4:
            piece = bytes(self.take(count))
            return piece if major == 2 else piece.decode()
        if count > len(self.data):
            raise Violation("more elements than bytes")
        if major == 4:
            return [self.value(depth + 1) for _ in range(count)]
        return {self.value(depth + 1): self.value(depth + 1) for _ in range(count)}


def decode(data):
    """One value and no more, encoded as it must be."""
    reader = Reader(data)
    try:
        value = reader.value()
    except (UnicodeDecodeError, TypeError, RecursionError) as error:
        raise Violation(str(error)) from error
    if encode(value) != data:
        raise Violation("not encoded deterministically")
    return value


class Connection:
    """Serves one daemon's calls, in their order, until it goes."""

    def __init__(self, stream, serve):
        self.stream, self.file, self.serve, self.greeted = stream, stream.makefile("rb"), serve, False

    def write(self, message):
        data = encode(message)
        self.stream.sendall(head(2, len(data)) + data)

    def read(self):
        """One message; None at the end."""
        first = self.file.read(1)
        if not first:
            return None
        more = first[0] - 0x40
        if not 0 <= more <= 26:
            raise Violation("not the head of a frame")
        size = more if more < 24 else int.from_bytes(self.file.read(1 << more - 24), "big")
        if size > (LIMIT if self.greeted else 4096):
            raise Violation("a frame above the limit")
        data = self.file.read(size)
        if len(data) < size:
            return None
        message = decode(data)
        if not isinstance(message, list) or not message or len(message) not in ELEMENTS.get(message[0], ()):
            raise Violation("no message of this version")
        return message

    def run(self):
        self.write([HELLO, {1: 1, 2: 1, 3: LIMIT, 4: 64, 5: 65536, 6: "folders.py", 7: []}])
        try:
            while (message := self.read()) is not None:
                kind = message[0]
                if (kind == HELLO) == self.greeted:
                    raise Violation("not the hello that comes first and once")
                self.greeted = True
                if kind == REQUEST:
                    self.write(self.answer(*message[1:4]))
                elif kind == PING:
                    self.write([PONG, message[1]])
                elif kind == GOING_AWAY:
                    break  # nothing is open: calls are answered one by one
        except Violation as violation:
            self.write([GOING_AWAY, 0, str(violation)])

    def answer(self, stream, method, params):
        try:
            return [RESPONSE, stream, self.serve(method, params)]
        except Failure as failure:
            return [ERROR, stream, {1: failure.code, 2: str(failure)}]
        except (LookupError, TypeError, AttributeError):
            return [ERROR, stream, {1: INVALID, 2: "the parameters are not what the method takes"}]
        except OSError as error:
            return [ERROR, stream, {1: INTERNAL, 2: str(error)}]


class Folders:
    """Each volume is a folder ROOT/NAME: `data`, and `users` with an empty file for each user."""

    def __init__(self, root):
        self.root, self.lock = root, threading.Lock()
        self.methods = {1: self.describe, 16: self.create, 17: self.remove, 18: self.mount, 19: self.unmount,
                        20: self.get, 21: self.list, 32: self.authorize}

    def serve(self, method, params):
        if method not in self.methods:
            raise Failure(UNKNOWN_METHOD, f"no method {method}")
        with self.lock:
            return self.methods[method](params)

    def describe(self, params):
        return {1: "1.0", 2: [VOLUME, AUTHORIZATION], 3: f"Folders below {self.root}"}

    def path(self, name, *more, must=True):
        if not name or "/" in name or name.startswith("."):
            raise Failure(INVALID, f"{name!r} is no name of a volume")
        if must and not os.path.isdir(os.path.join(self.root, name)):
            raise Failure(NOT_FOUND, f"no volume {name}")
        return os.path.join(self.root, name, *more)

    def create(self, params):
        if unknown := set(params[2]) - {"mode"}:
            raise Failure(INVALID, f"unknown option {sorted(unknown)[0]}: only mode, such as mode=750, is known")
        try:
            mode = int(params[2].get("mode", "755"), 8) & 0o7777
        except ValueError as error:
            raise Failure(INVALID, "mode is an octal number") from error
        for part in ("users", "data"):  # also where a first attempt was cut off
            os.makedirs(self.path(params[1], part, must=False), exist_ok=True)
        os.chmod(self.path(params[1], "data"), mode)
        return {}

    def remove(self, params):
        path = self.path(params[1], must=False)
        if os.path.isdir(path):
            if os.listdir(os.path.join(path, "users")):
                raise Failure(CONFLICT, f"volume {params[1]} is mounted")
            shutil.rmtree(path)
        return {}

    def mount(self, params):
        open(self.path(params[1], "users", os.path.basename(params[2])), "w").close()
        return {1: self.path(params[1], "data")}

    def unmount(self, params):
        try:
            os.unlink(self.path(params[1], "users", os.path.basename(params[2]), must=False))
        except FileNotFoundError:
            pass  # as the specification wants it
        return {}

    def get(self, params):
        users = len(os.listdir(self.path(params[1], "users")))
        return {1: params[1], 2: self.path(params[1], "data"), 3: {"Users": str(users)}}

    def list(self, params):
        return {1: [{1: name} for name in sorted(os.listdir(self.root) if os.path.isdir(self.root) else [])]}

    def authorize(self, params):
        for word in params.get(6, []):
            if word == "privileged" or word == "bind:/etc" or word.startswith("bind:/etc/"):
                return {1: False, 2: f"{word} is not for {params[3]}"}
        return {1: True}


def main():
    plugin = Folders(os.environ.get("FOLDERS_ROOT", "/srv/folders"))
    if sys.argv[1:2] != ["--listen"]:
        return Connection(socket.socket(fileno=0), plugin.serve).run()
    path = sys.argv[2]
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    os.umask(0o077)  # nobody else is to call
    listener.bind(path)
    listener.listen()
    while True:
        threading.Thread(target=Connection(listener.accept()[0], plugin.serve).run, daemon=True).start()


if __name__ == "__main__":
    main()
