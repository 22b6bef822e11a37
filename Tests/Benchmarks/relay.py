"""A relay between unix sockets that counts what goes through it."""
import os
import select
import socket
import threading
import time


class Relay:
    """Passes one connection on, and counts the bytes each way."""

    def __init__(self, path, upstream):
        self.counts = [0, 0]
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(path)
        self.door.listen()
        self.upstream = upstream
        self.stop, self.stopped = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        ready, _, _ = select.select([self.door, self.stop], [], [])
        if self.stop in ready:
            return
        near, _ = self.door.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(self.upstream)
        other = {near: (far, 0), far: (near, 1)}
        while True:
            ready, _, _ = select.select([near, far, self.stop], [], [])
            if self.stop in ready:
                return
            for side in ready:
                data = side.recv(1 << 18)
                if not data:
                    return
                to, way = other[side]
                self.counts[way] += len(data)
                to.sendall(data)

    def settled(self):
        """Bytes to the server and to the client, once nothing more comes: an acknowledgement may follow an answer."""
        while True:
            before = list(self.counts)
            time.sleep(0.3)
            if before == self.counts:
                return before

    def close(self):
        os.write(self.stopped, b"x")
        self.thread.join(5)
        self.door.close()
