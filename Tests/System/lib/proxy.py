#!/usr/bin/env python3
"""A proxy that knows CONNECT. proxy.py PORT LOG: each tunnel is a line of LOG, with the credentials it came with."""
import select
import socket
import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        method, target, _ = self.rfile.readline().decode().split(" ", 2)
        user = "-"
        while line := self.rfile.readline().strip():
            if line.lower().startswith(b"proxy-authorization:"):
                user = line.split()[-1].decode()
        with open(sys.argv[2], "a") as log:
            log.write(f"{method} {target} {user}\n")
        if method != "CONNECT":
            self.wfile.write(b"HTTP/1.1 405 No\r\n\r\n")
            return
        # Every name is this machine here.
        peer = socket.create_connection(("127.0.0.1", int(target.rsplit(":", 1)[1])))
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            ready, _, _ = select.select([self.connection, peer], [], [])
            for source in ready:
                data = source.recv(65536)
                if not data:
                    return
                (peer if source is self.connection else self.connection).sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
