#!/usr/bin/env python3
"""Talks to folders.py, the sample plugin, with wherry_client.py as the daemon would. Prints TAP.

plugin_conversation.py

Both were written from the specification alone, and share no code. Every message in both directions is validated
against wherry.cddl and plugin.cddl.
"""
import os
import socket
import subprocess
import sys
import tempfile
import traceback

from schema import Schema, Watch
from wherry_client import CODES, Client, RemoteError

HERE = os.path.dirname(os.path.abspath(__file__))
WIRE = os.path.join(HERE, "..", "..", "Sources", "WherryWire")


class PluginSchema(Schema):
    """plugin.cddl, whose methods are a space of their own, with the rules of wherry.cddl."""

    def __init__(self, folder):
        with tempfile.NamedTemporaryFile("w", suffix=".cddl") as both:
            for name in "wherry.cddl", "plugin.cddl":
                with open(os.path.join(folder, name)) as file:
                    # pycddl 0.6 takes of an array of a choice each element for the choice's first.
                    text = file.read().replace("[* plugin-capability]", "[* uint]")
                both.write(text if name == "plugin.cddl" else text.replace("; @method", "; method"))
            both.flush()
            super().__init__(both.name)


def program(root):
    """The sample as the daemon starts it: the connection is its standard input."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen([sys.executable, os.path.join(HERE, "folders.py")], stdin=theirs,
                                   env={"FOLDERS_ROOT": root})
    return ours, process


def refused(client, code, method, params):
    try:
        client.call(method, params)
    except RemoteError as error:
        assert CODES[error.code] == code, error
    else:
        raise AssertionError(f"{method} {params} was not refused")


def a_volume_from_create_to_remove(client, root):
    assert client.call("plugin-describe", {1: "folders", 2: "1"})[2] == [1, 2]
    for _ in range(2):  # each may come again
        assert client.call("volume-driver-create", {1: "data", 2: {"mode": "750"}}) == {}
    path = client.call("volume-driver-mount", {1: "data", 2: "user"})[1]
    assert path == client.call("volume-driver-mount", {1: "data", 2: "user"})[1] and os.path.isdir(path), path
    assert client.call("volume-driver-get", {1: "data"})[3] == {"Users": "1"}
    assert client.call("volume-driver-list", {}) == {1: [{1: "data"}]}
    refused(client, "conflict", "volume-driver-remove", {1: "data"})
    for method, params in ("unmount", {1: "data", 2: "user"}), ("remove", {1: "data"}):
        for _ in range(2):
            assert client.call(f"volume-driver-{method}", params) == {}
    assert os.listdir(root) == []


def what_is_wrong_is_refused_by_its_code(client, root):
    refused(client, "invalid-argument", "volume-driver-create", {1: "data", 2: {"color": "red"}})
    refused(client, "not-found", "volume-driver-get", {1: "nothing"})
    refused(client, "unknown-method", 99, {})
    for name in "../data", "", ".hidden", "a/b":
        refused(client, "invalid-argument", "volume-driver-create", {1: name, 2: {}})
    client.observe = None  # what follows is no message of the schema
    refused(client, "invalid-argument", "volume-driver-create", {1: "data"})
    refused(client, "invalid-argument", "volume-driver-mount", [])
    client.ping()


def authorization_has_a_rule(client, root):
    def ask(*privileges):
        request = {1: "container-create", 2: "admin", 3: "uid 0", 4: 0, 5: "web"}
        return client.call("authorization-request", {**request, **({6: list(privileges)} if privileges else {})})[1]

    assert ask() and ask("bind:/srv", "network:host")
    assert not ask("privileged") and not ask("bind:/etc/ssl")


def garbage_ends_the_program(client, root):
    client.socket.sendall(b"\xff" * 100)
    assert client.socket.recv(1 << 16)[:1] and client.socket.recv(1) == b""
    assert client.process.wait(5) == 0


def the_end_of_the_connection_ends_the_program(client, root):
    client.socket.close()
    assert client.process.wait(5) == 0


def main():
    subjects = [a_volume_from_create_to_remove, what_is_wrong_is_refused_by_its_code, authorization_has_a_rule,
                garbage_ends_the_program, the_end_of_the_connection_ends_the_program]
    schema, failed = PluginSchema(WIRE), 0
    print(f"1..{len(subjects)}")
    for number, subject in enumerate(subjects, 1):
        with tempfile.TemporaryDirectory() as root:
            stream, process = program(root)
            try:
                client = Client(stream, schema.methods, observe=Watch(schema))
                client.process = process
                subject(client, root)
                print(f"ok {number} {subject.__name__.replace('_', ' ')}")
            except Exception:
                failed = 1
                print(f"not ok {number} {subject.__name__.replace('_', ' ')}")
                print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
            finally:
                process.kill()
                process.wait()
    return failed


if __name__ == "__main__":
    sys.exit(main())
