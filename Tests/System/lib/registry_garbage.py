#!/usr/bin/env python3
"""registry_garbage.py HOST:PORT: what no client should send. Each must be refused or cut off; none may be waited for."""
import os
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)


def send(name, data, expect):
    connection = socket.create_connection((host, int(port)), timeout=30)
    answer = b""
    try:
        connection.sendall(data)
        while len(answer) < 1 << 16:
            block = connection.recv(4096)
            if not block:
                break
            answer += block
            if b"\r\n\r\n" in answer and expect != b"":
                break
    except ConnectionError:
        pass
    connection.close()
    status = answer.split(b"\r\n", 1)[0]
    ok = not answer if expect == b"" else any(code in status for code in expect.split(b"|"))
    print("ok" if ok else "not ok", name, status[:60])
    return ok


end = b" HTTP/1.1\r\nHost: x\r\n\r\n"
blob = b"sha256:" + b"0" * 64
cases = [
    ("random bytes", os.urandom(4096).replace(b"\n", b"x") + b"\r\n\r\n", b"400"),
    ("TLS to plain HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 600, b"400"),
    ("an endless header", b"GET /v2/ HTTP/1.1\r\nHost: x\r\nA: " + b"a" * (1 << 20) + b"\r\n\r\n", b"400|431"),
    ("endless headers", b"GET /v2/ HTTP/1.1\r\n" + b"".join(b"A%d: b\r\n" % i for i in range(20000)) + b"\r\n", b"400|431"),
    ("a long target", b"GET /v2/" + b"a/" * 20000 + end, b"400|414|431"),
    ("a path that climbs", b"GET /v2/../../../../etc/passwd" + end, b"404|400"),
    ("a name that climbs", b"GET /v2/a/../../b/manifests/latest" + end, b"400"),
    ("an encoded name that climbs", b"GET /v2/%2e%2e/%2e%2e/blobs/" + blob + end, b"400"),
    ("a tag that climbs", b"PUT /v2/a/manifests/..%2f..%2fx HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", b"400|404"),
    ("an upload that climbs", b"PATCH /v2/a/blobs/uploads/..%2f..%2fx HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", b"404|400"),
    ("a digest that climbs", b"GET /v2/a/blobs/sha256:..%2f..%2f" + end, b"400|404"),
    ("two lengths", b"PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"400"),
    ("a length and chunks", b"PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
    ("a negative length", b"PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}", b"400"),
    ("a huge manifest", b"PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n{}", b"413"),
    ("a manifest that is none", b"PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\n{}", b"400"),
    ("a manifest too deep", b"PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 20000\r\n\r\n" + b"[" * 20000, b"400"),
    ("a bad chunk", b"PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    ("an unknown method", b"BREW /v2/" + end, b"400|405"),
    ("HTTP/3", b"GET /v2/ HTTP/3.0\r\n\r\n", b"400|505"),
]
failed = [name for name, data, expect in cases if not send(name, data, expect)]
# Many that say nothing do not keep the others out.
silent = [socket.create_connection((host, int(port)), timeout=30) for _ in range(100)]
failed += [] if send("one beside a hundred silent ones", b"GET /v2/" + end, b"200") else ["silent"]
for connection in silent:
    connection.close()
sys.exit(1 if failed else 0)
