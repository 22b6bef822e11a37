#!/usr/bin/env python3
"""at_terminal.py [ROWSxCOLUMNS] -- COMMAND…: runs a command at a terminal of its own and types what a script says.

The script is on standard input, a line a step:

    expect TEXT     waits until the terminal shows TEXT, after what was matched before
    prompt          waits for a shell's prompt, and until the shell has set its line up
    type TEXT       types TEXT; Python's escapes (\\r, \\x10) are meant
    pause SECONDS   lets time pass
    resize RxC      changes the terminal's size
    exit N          waits for the command's end, which must have this code

Prints what the terminal showed. Exit code 0 where every step came true.
"""
import codecs
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

PATIENCE = 30
# What a shell's line editor asks, and any terminal answers.
WHERE_IS_THE_CURSOR = b"\x1b[6n"


def set_size(descriptor, text):
    rows, columns = map(int, text.split("x"))
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Terminal:
    def __init__(self, command, size):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            set_size(0, size)
            os.execvp(command[0], command)
        set_size(self.descriptor, size)
        self.shown, self.seen, self.status = b"", 0, None

    def read(self, seconds):
        """False where nothing comes any more."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.descriptor, 65536)
        except OSError:
            piece = b""
        for _ in range(piece.count(WHERE_IS_THE_CURSOR)):
            # An editor moves the cursor as far as it goes, to learn the size.
            os.write(self.descriptor, b"\x1b[24;80R" if b"[999;999H" in piece else b"\x1b[1;1R")
        self.shown += piece
        return bool(piece)

    def expect(self, text):
        wanted, deadline = codecs.decode(text, "unicode_escape").encode(), time.monotonic() + PATIENCE
        while (place := self.shown.find(wanted, self.seen)) < 0:
            if time.monotonic() > deadline or not self.read(0.2):
                raise AssertionError(f"{text!r} was not shown")
        self.seen = place + len(wanted)

    def prompt(self, _):
        self.expect("# ")
        quiet = time.monotonic() + 0.4
        while time.monotonic() < quiet:
            before = len(self.shown)
            self.read(0.05)
            if len(self.shown) > before:
                quiet = time.monotonic() + 0.4
        self.seen = len(self.shown)

    def type(self, text):
        os.write(self.descriptor, codecs.decode(text, "unicode_escape").encode("latin-1"))

    def pause(self, text):
        end = time.monotonic() + float(text)
        while time.monotonic() < end:
            self.read(0.05)

    def resize(self, text):
        set_size(self.descriptor, text)

    def exit(self, text):
        deadline = time.monotonic() + PATIENCE
        while self.read(0.2):
            if time.monotonic() > deadline:
                raise AssertionError("the command does not end")
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if code != int(text):
            raise AssertionError(f"it ended with {code}, not {text}")


def main():
    split = sys.argv.index("--")
    terminal = Terminal(sys.argv[split + 1:], sys.argv[1] if split > 1 else "24x80")
    failure = None
    for line in sys.stdin.read().splitlines():
        step, _, text = line.strip().partition(" ")
        if not step:
            continue
        try:
            getattr(terminal, step)(text)
        except AssertionError as error:
            failure = f"{line.strip()}: {error}"
            break
    sys.stdout.buffer.write(terminal.shown)
    if failure:
        sys.exit(f"\n{failure}")


if __name__ == "__main__":
    main()
