"""A disk with a volatile write cache, as an NBD server: what the machine did not flush may be lost in a power cut.

Real cards and disks answer a write before it is on the medium, and write in any order. Here writes stay in memory until
the machine flushes; a cut then keeps all of them, none, or each one by chance.
"""
import os
import socket
import struct
import threading

BLOCK = 4096
# What a disk's cache holds at most: beyond it, the oldest blocks go to the medium unasked.
CACHE_BLOCKS = 8192

OPTION_MAGIC = b"IHAVEOPT"
REPLY_MAGIC = 0x3E889045565A9
REQUEST_MAGIC = 0x25609513
SIMPLE_REPLY_MAGIC = 0x67446698
OPT_EXPORT_NAME, OPT_ABORT, OPT_INFO, OPT_GO = 1, 2, 6, 7
REP_ACK, REP_INFO, REP_UNSUPPORTED = 1, 3, 0x80000001
# Has flags, flush, FUA.
EXPORT_FLAGS = 1 | 4 | 8
READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3
FUA = 1


class Blocks:
    """The medium, a file, and the cache over it. Not for two threads at once."""

    def __init__(self, path):
        self.file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.size = os.fstat(self.file).st_size
        self.cache = {}

    def _block(self, number):
        held = self.cache.get(number)
        return held if held is not None else os.pread(self.file, BLOCK, number * BLOCK).ljust(BLOCK, b"\0")

    def read(self, offset, length):
        first, last = offset // BLOCK, (offset + length - 1) // BLOCK
        if not any(number in self.cache for number in range(first, last + 1)):
            return os.pread(self.file, length, offset).ljust(length, b"\0")
        data = b"".join(self._block(number) for number in range(first, last + 1))
        return data[offset - first * BLOCK :][:length]

    def write(self, offset, data):
        position = 0
        while position < len(data):
            number, start = divmod(offset + position, BLOCK)
            part = data[position : position + BLOCK - start]
            if len(part) < BLOCK:
                whole = self._block(number)
                part = whole[:start] + part + whole[start + len(part) :]
                position += BLOCK - start
            else:
                position += BLOCK
            # Anew at the end: the oldest comes first.
            self.cache.pop(number, None)
            self.cache[number] = part
        while len(self.cache) > CACHE_BLOCKS:
            self._to_medium(next(iter(self.cache)))

    def _to_medium(self, number):
        os.pwrite(self.file, self.cache.pop(number), number * BLOCK)

    def flush(self):
        for number in sorted(self.cache):
            os.pwrite(self.file, self.cache[number], number * BLOCK)
        self.cache.clear()

    def cut(self, keep):
        """Ends as a power cut does. `keep` says of each unflushed block whether it still reached the medium.
        Returns how many did, and how many did not."""
        kept = [number for number in self.cache if keep(number)]
        lost = len(self.cache) - len(kept)
        for number in kept:
            self._to_medium(number)
        self.cache.clear()
        return len(kept), lost

    def close(self):
        os.close(self.file)


class VolatileDisk:
    """Serves the disk at `path` on a unix socket, one machine at a time."""

    def __init__(self, path, socket_path):
        self.blocks = Blocks(path)
        self.lock = threading.Lock()
        self.flushes = 0
        if os.path.exists(socket_path):
            os.unlink(socket_path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(socket_path)
        self.listener.listen(4)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, keep):
        with self.lock:
            return self.blocks.cut(keep)

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self._negotiate(connection):
                self._transmit(connection)
        except (ConnectionError, OSError):
            pass
        finally:
            connection.close()

    def _negotiate(self, connection):
        connection.sendall(b"NBDMAGIC" + OPTION_MAGIC + struct.pack(">H", 1 | 2))
        receive(connection, 4)
        while True:
            magic, option, length = struct.unpack(">8sII", receive(connection, 16))
            if magic != OPTION_MAGIC or length > 65536:
                return False
            receive(connection, length)
            if option == OPT_EXPORT_NAME:
                connection.sendall(struct.pack(">QH", self.blocks.size, EXPORT_FLAGS))
                return True
            if option in (OPT_INFO, OPT_GO):
                self._answer(connection, option, REP_INFO, struct.pack(">HQH", 0, self.blocks.size, EXPORT_FLAGS))
                self._answer(connection, option, REP_ACK)
                if option == OPT_GO:
                    return True
            elif option == OPT_ABORT:
                self._answer(connection, option, REP_ACK)
                return False
            else:
                self._answer(connection, option, REP_UNSUPPORTED)

    @staticmethod
    def _answer(connection, option, kind, data=b""):
        connection.sendall(struct.pack(">QIII", REPLY_MAGIC, option, kind, len(data)) + data)

    def _transmit(self, connection):
        while True:
            magic, flags, kind, handle, offset, length = struct.unpack(">IHHQQI", receive(connection, 28))
            if magic != REQUEST_MAGIC or kind == DISCONNECT:
                return
            data, error = b"", 0
            if kind == READ:
                with self.lock:
                    data = self.blocks.read(offset, length)
            elif kind == WRITE:
                content = receive(connection, length)
                with self.lock:
                    self.blocks.write(offset, content)
                    if flags & FUA:
                        self.blocks.flush()
            elif kind == FLUSH:
                with self.lock:
                    self.blocks.flush()
                    self.flushes += 1
            else:
                error = 22
            connection.sendall(struct.pack(">IIQ", SIMPLE_REPLY_MAGIC, error, handle) + data)


def receive(connection, length):
    parts = []
    while length > 0:
        part = connection.recv(min(length, 1 << 20))
        if not part:
            raise ConnectionError("the machine went away")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
