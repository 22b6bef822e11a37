#!/usr/bin/env python3
"""connect_storm.py SOCKET COUNT: connects, says hello and asks for the version, COUNT times, each wave timed around
the moment at which the idle daemon exits. Fails unless every one is answered. Standard library only.

The idle time is measured first: the time from the last answer to the end of the daemon's process.
"""
import os
import random
import select
import socket
import subprocess
import sys
import threading
import time

PATH, COUNT = sys.argv[1], int(sys.argv[2])
WAVE = 40
# [0, {1: 1, 2: 1, 3: 4 MiB, 4: 16, 5: 64 KiB, 6: "storm", 7: []}] and [1, 1, 1, {}], each in a byte string.
HELLO = bytes.fromhex("8200a701010201031a004000000410051a000100000665") + b"storm" + bytes.fromhex("0780")
REQUEST = bytes.fromhex("84010101a0")


def framed(message):
    length = len(message)
    return (bytes([0x40 | length]) if length < 24 else b"\x58" + bytes([length])) + message


def receive(peer, count):
    data = b""
    while len(data) < count:
        piece = peer.recv(count - len(data))
        if not piece:
            raise ConnectionError("closed by the daemon")
        data += piece
    return data


def read_message(peer):
    head = receive(peer, 1)[0]
    assert head >> 5 == 2, f"not a byte string: {head:02x}"
    info = head & 31
    if info < 24:
        return receive(peer, info)
    width = {24: 1, 25: 2, 26: 4}[info]
    return receive(peer, int.from_bytes(receive(peer, width), "big"))


def ask():
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(30)
    try:
        peer.connect(PATH)
        peer.sendall(framed(HELLO) + framed(REQUEST))
        while True:
            message = read_message(peer)
            # An array whose first two elements are kind and stream: 2 is a response, 3 an error.
            if message[1] in (2, 3):
                assert message[1] == 2 and message[2] == 1, f"refused: {message!r}"
                return
    finally:
        peer.close()


def daemon_pid():
    out = subprocess.run(["systemctl", "show", "-p", "MainPID", "--value", "wherry.service"],
                         stdout=subprocess.PIPE, text=True, check=True)
    return int(out.stdout)


def idle_time():
    """From an answer to the end of the process, by pidfd."""
    ask()
    begin = time.monotonic()
    pid = daemon_pid()
    handle = os.pidfd_open(pid)
    select.select([handle], [], [], 60)
    os.close(handle)
    return time.monotonic() - begin


def main():
    idle = sorted(idle_time() for _ in range(3))[1]
    failures, done, starts = [], 0, set()
    while done < COUNT:
        ask()
        begin = time.monotonic()
        starts.add(daemon_pid())
        size = min(WAVE, COUNT - done)
        offset = random.uniform(-0.03, 0.03)

        def one(spread):
            time.sleep(max(0, begin + idle + offset + spread - time.monotonic()))
            try:
                ask()
            except Exception as error:  # every failure counts, whatever it is
                failures.append(repr(error))

        threads = [threading.Thread(target=one, args=(abs(random.gauss(0, 0.01)),)) for _ in range(size)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done += size
    print(f"{done} connects around an exit {idle * 1000:.0f} ms after the last answer, "
          f"{len(starts)} daemons seen, {len(failures)} failures")
    for failure in failures[:10]:
        print(failure)
    sys.exit(1 if failures else 0)


main()
