"""Items in both directions, cancel, deadlines, going away."""
import os
import time

from wherry_client import CREDIT, RemoteError
from conversations.expect import eventually, fails_with

NUMBERS = b"".join(b"%d\n" % number for number in range(1, 5001))


def logs_stream_within_the_credit(world):
    world.run("talker", "seq 1 5000")
    world.wherry("wait", "talker")
    client = world.client(window=8192)
    lines = b""
    for entry in client.open("container-logs", {1: "talker"}):
        assert entry[1] == 1 and entry[2] > 1_600_000_000_000_000_000, entry
        lines += entry[3]
    assert lines == NUMBERS, lines[:80]
    # The client closes where an item comes without credit; that it had to grant some shows that it counted.
    assert client.observe.counts["sent", CREDIT] >= 2, client.observe.counts


def following_logs_can_be_cancelled(world):
    world.run("sleeper", "echo ready; sleep 1000")
    client = world.client()
    call = client.open("container-logs", {1: "sleeper", 2: True})
    assert next(iter(call))[3] == b"ready\n"
    call.cancel()
    begin = time.monotonic()
    fails_with("cancelled", call)
    assert time.monotonic() - begin < 2
    assert not client.calls


def a_deadline_ends_a_call_on_the_callees_side(world):
    client = world.client()
    begin = time.monotonic()
    call = client.open("container-wait", {1: "sleeper"}, timeout=0.3)
    call.deadline = None  # this client would give up itself
    fails_with("deadline-exceeded", call)
    assert 0.2 < time.monotonic() - begin < 5


def a_deadline_ends_a_call_on_the_callers_side(world):
    client = world.client()
    call = client.open("container-wait", {1: "sleeper"})
    call.deadline = time.monotonic() + 0.3
    fails_with("deadline-exceeded", call)
    client.ping()
    client.pump(lambda: not client.calls, time.monotonic() + 5)  # the callee was told, and has answered


def a_deadline_that_has_passed_starts_nothing(world):
    client = world.client()
    spec = {1: "interop:latest", 2: "too-late", 3: ["sh"]}
    fails_with("deadline-exceeded", client.open("container-create", {1: spec}, timeout=0))
    assert all(entry[2] != "too-late" for entry in client.call("container-list", {1: True})[1])


def an_attached_run_streams_both_ways(world):
    client = world.client()
    call = client.open("container-run", {1: {1: "interop:latest", 3: ["cat"], 19: True, 20: True}})
    call.send({1: bytes(range(256))})
    call.end()
    out = b"".join(item.get(1, b"") for item in call)
    assert out == bytes(range(256)), out
    assert call.result()[2] == 0, call.result()


def input_waits_for_credit(world):
    """Three times the window goes in and comes back, while nobody may overdraw."""
    client = world.client()
    data = os.urandom(3 * client.peer[5])
    call = client.open("container-run", {1: {1: "interop:latest", 3: ["cat"], 19: True, 20: True}})
    out, piece = b"", 16384
    for start in range(0, len(data), piece):
        # What has come out is read before more is put in, or all three would wait for each other.
        while call.may_send < piece + 16 or call.items:
            out += next(iter(call)).get(1, b"")
        call.send({1: data[start:start + piece]})
    call.end()
    out += b"".join(item.get(1, b"") for item in call)
    assert out == data, f"{len(out)} of {len(data)} bytes came back"
    assert client.observe.counts["received", CREDIT] >= 4, client.observe.counts


def an_image_goes_in_by_items(world):
    with open(world.archive, "rb") as file:
        archive = file.read()
    client = world.client()
    call = client.open("image-import", {1: "by-items:latest"})
    for start in range(0, len(archive), 65536):
        call.send({1: archive[start:start + 65536]})
    call.end()
    call.result()
    assert len(client.call("image-list", {})[1]) == 2
    client.call("image-remove", {1: "by-items:latest"})


def who_stops_says_which_calls_it_still_serves(world):
    """SIGTERM drains: going-away, calls under way end as the daemon decides, a new daemon serves the next call."""
    client = world.client()
    call = client.open("container-logs", {1: "sleeper", 2: True})
    next(iter(call))
    world.stop()
    try:
        call.result()
        raise AssertionError("the log ended")
    except RemoteError as error:
        assert error.started, error
    assert client.leaving is not None, "there was no going-away"
    try:
        client.call("system-version", {})
        raise AssertionError("answered by nobody")
    except RemoteError as error:
        assert not error.started, error
    world.start()
    world.client().call("system-version", {})
    eventually(5, "the container outlives the daemon", lambda: "sleeper" in world.wherry("ps", "--format", "{{.Names}}"))
