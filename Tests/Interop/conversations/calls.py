"""Unary calls, errors, and what the protocol says of strangers' messages."""
import contextlib
import os
import socket

import cbor2

from wherry_client import CANCEL, GOING_AWAY, HELLO, ITEM, REQUEST, RemoteError, encode
from conversations.expect import fails_with


def hello_says_what_the_daemon_accepts(world):
    peer = world.client().peer
    assert peer[1] >= peer[2] >= 1, peer
    assert 65536 <= peer[3] <= 64 << 20, "maximum frame"
    assert peer[4] >= 1 and "wherry" in peer[6].lower(), peer


def container_list_is_empty_at_first(world):
    assert world.client().call("container-list", {}) == {1: []}


def system_version_and_info(world):
    client = world.client()
    version = client.call("system-version", {})
    assert version[2] == 1 and version[8] == "conmon", version
    info = client.call("system-info", {})
    assert info[3] == 1, f"one image: {info}"
    assert info[12] == os.cpu_count(), info


def image_list_and_inspect(world):
    client = world.client()
    images = client.call("image-list", {})[1]
    assert len(images) == 1 and "interop" in str(images[0][2]), images
    detail = client.call("image-inspect", {1: "interop:latest"})
    assert detail[1] == images[0][1] and len(detail[11]) == 1, detail


def container_life_by_rpc(world):
    client = world.client()
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


def errors_have_codes_and_name_the_object(world):
    client = world.client()
    for method, params in [("container-inspect", {1: "nobody"}), ("image-inspect", {1: "nothing:here"}),
                           ("container-kill", {1: "nobody", 2: "TERM"})]:
        error = fails_with("not-found", client.open(method, params))
        assert params[1].split(":")[0] in error.message, error
    client.observe.off = True
    fails_with("invalid-argument", client.open("container-inspect", {}))
    fails_with("invalid-argument", client.open("container-list", [1, 2, 3]))
    client.call("system-version", {})


def an_unknown_method_is_refused_and_the_connection_lives(world):
    client = world.client()
    fails_with("unknown-method", client.open(9999, {}))
    client.call("system-version", {})


def unknown_keys_are_skipped(world):
    client = world.client()
    client.observe.off = True
    assert 1 in client.call("container-list", {1: True, 99: ["new", {"x": 1}]})


def many_calls_at_once_and_answers_in_any_order(world):
    client = world.client()
    calls = [client.open("system-version", {}) for _ in range(64)]
    for call in reversed(calls):
        assert call.result()[2] == 1


def more_calls_than_the_daemon_serves_are_refused(world):
    world.run("patient", "sleep 1000")
    client = world.client(watch=False)
    limit = client.peer[4]
    client.peer[4] = 1 << 20  # this client would wait
    calls = [client.open("container-wait", {1: "patient"}) for _ in range(limit + 1)]
    fails_with("resource-exhausted", calls.pop())
    for call in calls:
        call.cancel()
    for call in calls:
        fails_with("cancelled", call)
    client.call("system-version", {})


def ping_is_answered(world):
    client = world.client()
    client.ping(123456789)
    client.ping((1 << 64) - 1)


def garbage_closes_one_connection(world):
    good = world.client()
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x81" * 5000, b"\x5b" + b"\x7f" * 8, os.urandom(4096),
                 cbor2.dumps(b"\x81" * 64), b"\x58\x05" + encode([1, 1, 22, {}]), b"\x5a\xff\xff\xff\xff"):
        with contextlib.suppress(ConnectionError), socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(20)
            stream.connect(world.socket)
            stream.sendall(data)
            stream.shutdown(socket.SHUT_WR)
            while stream.recv(65536):
                pass
    good.call("system-version", {})


def broken_rules_are_answered_with_going_away(world):
    """What the specification calls a violation ends the connection, with a reason."""
    hello = [HELLO, {1: 1, 2: 1, 3: 4096, 4: 0, 5: 0, 6: "x", 7: []}]
    deep = 0
    for _ in range(20):
        deep = [deep]
    for name, messages in {
        "a request before the hello": [[REQUEST, 1, 1, {}]],
        "a second hello": [hello, hello],
        "an even stream": [hello, [REQUEST, 2, 1, {}]],
        "a stream again": [hello, [REQUEST, 1, 1, {}], [REQUEST, 1, 1, {}]],
        "a stream that goes back": [hello, [REQUEST, 5, 1, {}], [REQUEST, 3, 1, {}]],
        "an item of a stream never opened": [hello, [ITEM, 7, b""]],
        "a cancel of one": [hello, [CANCEL, 7]],
        "an item where the method has none": [hello, [REQUEST, 1, 24, {1: "patient"}], [ITEM, 1, b""]],
        "an element too few": [hello, [REQUEST, 1, 1]],
        "an element too many": [hello, [CANCEL, 1, 1]],
        "an unknown kind": [hello, [11, 1]],
        "a negative stream": [hello, [REQUEST, -1, 1, {}]],
        "nesting": [hello, [REQUEST, 1, 1, deep]],
        "limits below the least": [[HELLO, {1: 1, 2: 1, 3: 4095, 4: 0, 5: 0, 6: "x", 7: []}]],
        "no version in common": [[HELLO, {1: 9, 2: 9, 3: 4096, 4: 0, 5: 0, 6: "x", 7: []}]],
        "a message above the limit of strangers": [[HELLO, {1: 1, 2: 1, 3: 4096, 4: 0, 5: 0, 6: "x" * 5000, 7: []}]],
    }.items():
        kinds = talk(world, b"".join(cbor2.dumps(encode(message)) for message in messages))
        assert kinds[-1:] == [GOING_AWAY], f"{name}: {kinds}"
    for name, raw in {
        "not the shortest head of a frame": b"\x58\x05" + encode([1, 1, 1, {}]),
        "not the shortest number": cbor2.dumps(b"\x84\x01\x18\x01\x01\xa0"),
        "keys out of order": cbor2.dumps(b"\x84\x01\x01\x16\xa2\x02\xf5\x01\xf5"),
        "a key twice": cbor2.dumps(b"\x84\x01\x01\x16\xa2\x01\xf5\x01\xf5"),
        "an indefinite map": cbor2.dumps(b"\x84\x01\x01\x16\xbf\xff"),
        "bytes after the message": cbor2.dumps(encode([REQUEST, 1, 1, {}]) + b"\x00"),
        "text that is not UTF-8": cbor2.dumps(b"\x84\x01\x01\x17\xa1\x01\x61\xff"),
    }.items():
        kinds = talk(world, cbor2.dumps(encode(hello)) + raw)
        assert kinds[-1:] == [GOING_AWAY], f"{name}: {kinds}"


def talk(world, data):
    """Sends bytes and gives the kinds of the messages that come until the daemon closes."""
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(10)
        stream.connect(world.socket)
        stream.sendall(data)
        received = b""
        while piece := stream.recv(65536):
            received += piece
    kinds = []
    while received:
        content = cbor2.loads(received)
        received = received[len(cbor2.dumps(content)):]
        kinds.append(cbor2.loads(content)[0])
    return kinds
