"""A client of Wherry RPC, version 1, in one file: cbor2 for the encoding, WireProtocol.md for the rest.

It shares no code with Wherry. It makes calls and serves none, on one thread: while a caller waits for one call, what
arrives for the others is kept for them, which their credit bounds. Methods go by name; their numbers and rules are
read from wherry.cddl.

    client = Client.unix("/run/wherry/wherry.sock")
    print(client.call("container-list", {1: True}))
    for entry in client.open("container-logs", {1: "web", 2: True}): …
"""
import collections
import itertools
import re
import socket
import ssl
import subprocess
import time

import cbor2

HELLO, REQUEST, RESPONSE, ERROR, ITEM, END, CANCEL, CREDIT, PING, PONG, GOING_AWAY = range(11)
ELEMENTS = {HELLO: (2,), REQUEST: (4, 5), RESPONSE: (3,), ERROR: (3,), ITEM: (3,), END: (2,), CANCEL: (2,),
            CREDIT: (3,), PING: (2,), PONG: (2,), GOING_AWAY: (3,)}
CODES = dict(enumerate(
    "invalid-argument not-found conflict permission-denied failed-precondition unsupported unavailable "
    "deadline-exceeded cancelled resource-exhausted internal unknown-method data-loss protocol-violation unauthorized "
    "command-not-found command-not-executable no-space".split(), 1))
UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, UNKNOWN_METHOD = 7, 8, 9, 12
FIRST_LIMIT = 4096  # of a frame, until the peer's hello has come
LIMIT = 4 << 20
DEPTH = 16


class Violation(Exception):
    """The peer broke the protocol; the connection is closed."""


class RemoteError(Exception):
    """A call failed. `code` is a number, also one this version does not know."""

    def __init__(self, body, started=True):
        self.code, self.message = body[1], body[2]
        self.hint, self.details = body.get(3), body.get(4, {})
        self.started = started  # False: the callee did not begin, the call may be made again
        super().__init__(f"{CODES.get(self.code, self.code)}: {self.message}" + (f" ({self.hint})" if self.hint else ""))


def methods_of(cddl):
    """{name: (number, role, {"input": rule, "output": rule})} of a schema's text."""
    table = {}
    for line in re.findall(r"^; @method (.+)$", cddl, re.M):
        number, name, role, *flows = line.split()
        table[name] = (int(number), role, dict(flow.split("=") for flow in flows))
    return table


def encode(value):
    return cbor2.dumps(value, canonical=True)


def decode(data):
    """One deterministically encoded value, or a Violation."""
    try:
        value = cbor2.loads(data)
    except Exception as error:
        raise Violation(f"not CBOR: {error}") from error
    if encode(value) != data:
        raise Violation("not deterministically encoded")
    return value


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return 1 + max(map(depth, inner), default=0) if isinstance(value, (dict, list, tuple)) else 0


class Call:
    """One call: its items are iterated over, or `result()` is waited for, which drops them."""

    def __init__(self, client, stream, method, deadline):
        self.client, self.stream, self.method, self.deadline = client, stream, method, deadline
        self.items, self.outcome, self.ended, self.given_up = collections.deque(), None, False, False
        self.may_send = client.peer[5]
        self.outstanding, self.unreported = client.window, 0

    def send(self, value):
        """Sends one item, once there is credit for it."""
        cost, frame = len(encode(value)), encode([ITEM, self.stream, value])
        if cost > self.client.peer[5] // 2 or len(frame) > self.client.peer[3]:
            raise ValueError(f"an item of {cost} bytes is too large for this peer")
        self.client.pump(lambda: self.may_send >= cost or self.outcome is not None, self.deadline, self)
        if self.outcome is not None:
            raise BrokenPipeError("the call is over")
        self.may_send -= cost
        self.client.write([ITEM, self.stream, value])

    def end(self):
        """No more items are sent."""
        if self.outcome is None:
            self.client.write([END, self.stream])

    def cancel(self):
        """The result is no longer wanted. The callee still answers, and the stream counts until then."""
        if self.outcome is None and not self.given_up:
            self.client.write([CANCEL, self.stream])
        self.given_up = True
        self.items.clear()

    def __iter__(self):
        while True:
            self.client.pump(lambda: self.items or self.outcome is not None, self.deadline, self)
            if not self.items:
                return self.result()
            value, cost = self.items.popleft()
            self.grant(cost)
            yield value

    def grant(self, cost):
        """Grants what has been read, in halves of the window."""
        self.unreported += cost
        if self.unreported * 2 >= self.client.window and self.outcome is None and not (self.ended or self.given_up):
            self.client.write([CREDIT, self.stream, self.unreported])
            self.outstanding += self.unreported
            self.unreported = 0

    def result(self):
        """The result; raises RemoteError."""
        while self.outcome is None:
            self.client.pump(lambda: self.items or self.outcome is not None, self.deadline, self)
            while self.items:
                self.grant(self.items.popleft()[1])
        if isinstance(self.outcome, RemoteError):
            raise self.outcome
        return self.outcome


class Client:
    """One connection. `observe(direction, message, data)` sees each message, "sent" or "received"."""

    def __init__(self, stream, methods, window=256 << 10, observe=None):
        self.socket, self.methods, self.window, self.observe = stream, methods, window, observe
        self.calls, self.streams, self.pongs = {}, itertools.count(1, 2), set()
        self.peer, self.leaving, self.last, self.buffer = None, None, 0, bytearray()
        self.write([HELLO, {1: 1, 2: 1, 3: LIMIT, 4: 0, 5: window, 6: "wherry_client.py", 7: []}])
        self.pump(lambda: self.peer is not None, time.monotonic() + 45)

    @classmethod
    def unix(cls, path, methods, **more):
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(path)
        return cls(stream, methods, **more)

    @classmethod
    def tls(cls, host, port, methods, ca, cert, key, **more):
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["wherry/1"])
        context.load_cert_chain(cert, key)
        stream = socket.create_connection((host, port), 10)
        return cls(context.wrap_socket(stream, server_hostname=host), methods, **more)

    @classmethod
    def command(cls, argv, methods, **more):
        """Over the standard input and output of a command, such as `ssh HOST wherry dial-stdio`."""
        ours, theirs = socket.socketpair()
        with theirs:
            subprocess.Popen(argv, stdin=theirs, stdout=theirs)
        return cls(ours, methods, **more)

    def open(self, method, params, timeout=None):
        """Makes a call; `timeout` in seconds is its deadline, on both sides."""
        number = self.methods[method][0] if method in self.methods else method
        deadline = None if timeout is None else time.monotonic() + timeout
        if self.peer[4] == 0:
            raise RemoteError({1: UNKNOWN_METHOD, 2: "the peer serves no calls"}, started=False)
        self.pump(lambda: len(self.calls) < self.peer[4] or self.leaving is not None, deadline)
        if self.leaving is not None:
            raise RemoteError({1: UNAVAILABLE, 2: self.leaving}, started=False)
        message = [REQUEST, next(self.streams), number, params]
        if deadline is not None:
            message.append(max(0, round((deadline - time.monotonic()) * 1000)))
        if len(encode(message)) > self.peer[3]:
            raise ValueError("the request is too large for this peer")
        self.last = message[1]
        call = self.calls[self.last] = Call(self, self.last, method, deadline)
        self.write(message)
        return call

    def call(self, *args, **more):
        return self.open(*args, **more).result()

    def ping(self, opaque=0):
        """Returns once the peer has seen all that was sent."""
        self.write([PING, opaque])
        self.pump(lambda: opaque in self.pongs, time.monotonic() + 30)
        self.pongs.discard(opaque)

    def write(self, message):
        data = encode(message)
        if self.observe:
            self.observe("sent", message, data)
        self.socket.settimeout(None)
        self.socket.sendall(cbor2.dumps(data))

    def exactly(self, count, deadline):
        while len(self.buffer) < count:
            self.socket.settimeout(None if deadline is None else max(0.001, deadline - time.monotonic()))
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise EOFError("the peer has closed the connection")
            self.buffer += piece

    def read(self, deadline):
        """One message. A time-out loses nothing: what has come of the frame stays in the buffer."""
        self.exactly(1, deadline)
        more = self.buffer[0] - 0x40
        width = more if more < 24 else {24: 1, 25: 2, 26: 4}.get(more)
        if not 0 <= more <= 26:
            raise Violation(f"a frame cannot begin with {self.buffer[0]:#x}")
        head = 1 if more < 24 else 1 + width
        self.exactly(head, deadline)
        size = more if more < 24 else int.from_bytes(self.buffer[1:head], "big")
        if len(cbor2.dumps(size)) != head:
            raise Violation("a frame's head is not the shortest")
        if size > (LIMIT if self.peer else FIRST_LIMIT):
            raise Violation(f"a frame of {size} bytes is above the limit")
        self.exactly(head + size, deadline)
        data = bytes(self.buffer[head:head + size])
        del self.buffer[:head + size]
        message = decode(data)
        if not isinstance(message, list) or not message or len(message) not in ELEMENTS.get(message[0], ()):
            raise Violation(f"no message of this version: {message!r:.80}")
        if depth(message) > DEPTH:
            raise Violation("nested too deep")
        if self.observe:
            self.observe("received", message, data)
        return message

    def pump(self, done, deadline=None, call=None):
        """Reads and dispatches until `done()`; at the deadline gives `call` up."""
        try:
            while not done():
                self.dispatch(self.read(deadline))
        except TimeoutError as error:
            if call is None:
                raise RemoteError({1: DEADLINE_EXCEEDED, 2: "the peer does not answer"}) from error
            call.cancel()
            raise RemoteError({1: DEADLINE_EXCEEDED, 2: "the deadline has passed"}) from error
        except Violation as violation:
            self.write([GOING_AWAY, 0, str(violation)])
            self.socket.close()
            raise
        except (EOFError, OSError) as error:
            gone = RemoteError({1: UNAVAILABLE, 2: self.leaving or str(error)})
            for broken in self.calls.values():
                broken.outcome = gone
            self.calls.clear()
            if not done():
                raise gone from error

    def dispatch(self, message):
        kind, first = message[0], message[1]
        if kind == GOING_AWAY:
            self.leaving = message[2]
            for stream in [stream for stream in self.calls if stream > first]:
                self.calls.pop(stream).outcome = RemoteError({1: UNAVAILABLE, 2: self.leaving}, started=False)
        elif (kind == HELLO) != (self.peer is None):
            raise Violation("not the hello that comes first and once")
        elif kind == HELLO:
            if first[3] < FIRST_LIMIT or not first[2] <= 1 <= first[1]:
                raise Violation("no version or limits in common")
            self.peer = first
        elif kind == PING:
            self.write([PONG, first])
        elif kind == PONG:
            self.pongs.add(first)
        elif kind == REQUEST:
            self.write([ERROR, first, {1: UNKNOWN_METHOD, 2: "this client serves no calls"}])
        elif first % 2 == 0 or not 0 < first <= self.last:
            raise Violation(f"a message for stream {first}, which was never opened")
        elif first in self.calls:
            self.deliver(self.calls[first], kind, *message[2:])

    def deliver(self, call, kind, value=None):
        if kind == ITEM:
            cost = len(encode(value))
            if call.ended or cost > call.outstanding:
                raise Violation(f"an item on stream {call.stream} after its end or without credit")
            call.outstanding -= cost
            if not call.given_up:
                call.items.append((value, cost))
        elif kind == END:
            call.ended = True
        elif kind == CREDIT:
            call.may_send += value
            if call.may_send >= 1 << 64:
                raise Violation("more credit than can be counted")
        elif kind in (RESPONSE, ERROR):
            call.outcome = value if kind == RESPONSE else RemoteError(value)
            del self.calls[call.stream]
