#!/usr/bin/env python3
"""Fails on a construct that can trap in code that reads bytes of a peer, an image or a record.

It looks for constructs, not for reachability: whatever cannot be reached by bad bytes is in traps-allowed.txt with
the reason. An entry that no longer matches anything fails as well.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
PARSERS = ["WherryModel", "WherryCBOR", "WherryWire", "WherryOCI", "WherryStore", "WherryRPC", "WherryTransport",
           "WherryImages", "WherryEngine", "WherryService", "WherryRegistry"]
# The first are allowed only line by line; the second, which are often right, for a reviewed file as a whole.
CONSTRUCTS = [
    ("forced try", r"\btry!"),
    ("forced cast", r"\bas!"),
    ("force unwrap", r"[\w\)\]\}\"]!(?![=\w])"),
    ("unsafelyUnwrapped", r"\.unsafelyUnwrapped\b"),
    ("unowned reference", r"\bunowned\b"),
    ("trap", r"\b(?:fatalError|preconditionFailure|precondition)\s*\("),
    ("reinterpretation", r"\b(?:unsafeBitCast|unsafeDowncast|assumingMemoryBound|unsafeMutableAddressor)\b"),
    ("full Foundation", r"^\s*(?:\w+\s+)?import Foundation\s*$"),
]
GUARDED = [
    ("trapping conversion", r"\b(?:Int|UInt|Int8|Int16|Int32|UInt8|UInt16|UInt32)\((?!ascii:|exactly:|clamping:|truncatingIfNeeded:"
                            r"|bitPattern:|bigEndian:|littleEndian:|_|\"|\d|[\w.]+, radix:)[^)]"),
    ("subscript by position", r"[\w\)]\[(?!\.\.\.\])(?:[^\]\"\n]*(?:index|offset|position|start|end|count|[.]{2}[.<]|[+\-*] ?\d|\bi\b|\bn\b)"
                              r"[^\]\"\n]*|\d+)\]"),
    ("first or last by removal", r"\.(?:removeFirst|removeLast)\("),
    ("wrapping or unchecked arithmetic", r"&[+\-*]|uncheckedBounds"),
]


def code_of(path):
    """Lines without comments and without the content of string literals."""
    lines, in_block, in_text = [], 0, False
    with open(path) as file:
        for line in file.read().split("\n"):
            if in_text:
                in_text = '"""' not in line
                lines.append("")
                continue
            out, index, quote = "", 0, False
            while index < len(line):
                two = line[index:index + 2]
                if in_block:
                    if two == "*/":
                        in_block -= 1
                        index += 1
                elif quote:
                    if line[index] == "\\":
                        index += 1
                    elif line[index] == '"':
                        quote = False
                        out += '"'
                elif two == "//":
                    break
                elif two == "/*":
                    in_block += 1
                    index += 1
                elif line[index:index + 3] == '"""':
                    in_text = '"""' not in line[index + 3:]
                    break
                elif line[index] == '"':
                    quote = True
                    out += '"'
                else:
                    out += line[index]
                index += 1
            lines.append(out)
    return lines


def allowed():
    """FILE: TEXT # REASON, one a line. The text must occur in the line of code; * stands for all of GUARDED."""
    entries = []
    with open(os.path.join(HERE, "traps-allowed.txt")) as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            head, separator, reason = line.rstrip("\n").rpartition(" # ")
            name, colon, text = head.partition(": ")
            if not separator or not colon or not reason.strip():
                sys.exit(f"traps-allowed.txt:{number}: not of the form FILE: TEXT # REASON")
            entries.append({"file": name, "text": text.strip(), "line": number, "used": False})
    return entries


entries, problems = allowed(), []
for module in PARSERS:
    for folder, _, files in os.walk(os.path.join(TOP, "Sources", module)):
        for name in sorted(files):
            if not name.endswith(".swift"):
                continue
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, os.path.join(TOP, "Sources"))
            for number, line in enumerate(code_of(path), 1):
                for what, pattern in CONSTRUCTS + GUARDED:
                    if not re.search(pattern, line):
                        continue
                    match = [entry for entry in entries
                             if relative == entry["file"] and (entry["text"] in line or (entry["text"] == "*" and (what, pattern) in GUARDED))]
                    for entry in match:
                        entry["used"] = True
                    if not match:
                        problems.append(f"Sources/{relative}:{number}: {what}: {line.strip()}")
for entry in entries:
    if not entry["used"]:
        problems.append(f"traps-allowed.txt:{entry['line']}: nothing matches any more, remove it")
print("\n".join(problems))
sys.exit(1 if problems else 0)
