#!/usr/bin/env python3
"""In front of a registry, counts what it sends. counting_proxy.py PORT UPSTREAM-PORT LOG: each answer to a GET of a blob is
a line of LOG: repository, digest, status, bytes of its body, and the range that was asked for. While LOG.whole is there,
ranges are not passed on; while LOG.cut is there, the connection breaks in the middle of every long part."""
import http.client
import http.server
import os
import sys

PORT, UPSTREAM, LOG = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
DROPPED = {"connection", "transfer-encoding", "keep-alive"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def forward(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        dropped = DROPPED | ({"range"} if os.path.exists(LOG + ".whole") else set())
        upstream = http.client.HTTPConnection("127.0.0.1", UPSTREAM)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for key, value in self.headers.items():
            if key.lower() not in dropped:
                upstream.putheader(key, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        self.send_response_only(answer.status, answer.reason)
        for key, value in answer.getheaders():
            if key.lower() not in DROPPED:
                self.send_header(key, value)
        if answer.getheader("Content-Length") is None and self.command != "HEAD" and answer.status != 204:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        sent, cut = 0, os.path.exists(LOG + ".cut") and answer.status == 206
        try:
            while self.command != "HEAD" and (part := answer.read(65536)):
                if cut and len(part) > 20000:
                    self.wfile.write(part[: len(part) // 2])
                    sent += len(part) // 2
                    self.wfile.flush()
                    self.close_connection = True
                    self.connection.shutdown(2)
                    break
                self.wfile.write(part)
                sent += len(part)
        finally:
            upstream.close()
            parts = self.path.split("/")
            if self.command == "GET" and "blobs" in parts and answer.status in (200, 206):
                with open(LOG, "a") as log:
                    print("/".join(parts[2:-2]), parts[-1], answer.status, sent, self.headers.get("Range", "-"), file=log)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = forward


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


Server(("127.0.0.1", PORT), Handler).serve_forever()
