#!/usr/bin/env python3
"""Fails when a module imports what its level does not allow, or a library that belongs to another module.

A module may import modules of a lower level. The exceptions inside one level, and who may import which library,
are listed here with their reasons.
"""
import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

LEVELS = {
    0: ["CLibCBOR", "CLibSystemd", "CLibArchive", "CLibZstd", "CLibNFTables", "CWherryLinux"],
    1: ["WherryModel", "WherryCBOR", "WherryLinux"],
    2: ["WherryWire", "WherryOCI", "WherryStore"],
    3: ["WherryRPC", "WherryEngine", "WherryDoctor"],
    4: ["WherryTransport", "WherryTLS", "WherryRuntime", "WherryNetwork", "WherrySystemd", "WherryImages",
        "WherryRegistry", "WherryPlugins"],
    5: ["WherryService", "WherryFleet", "WherryCompose", "WherryClient"],
    6: ["wherry", "WherryCommands", "WherryDaemon"],
}
INSIDE_A_LEVEL = {
    ("WherryTLS", "WherryTransport"): "certificates on top of the listener",
    ("WherryRegistry", "WherryTransport"): "a registry listens on the same sockets",
    ("WherryRegistry", "WherryTLS"): "and its TLS is set up where certificates are known",
    ("WherryPlugins", "WherryTransport"): "plugins are dialled as daemons are",
    ("WherryFleet", "WherryCompose"): "a release is a Compose application",
    ("WherryCompose", "WherryClient"): "Compose is a client",
    ("WherryRuntime", "WherrySystemd"): "the systemd supervisor speaks D-Bus",
    ("wherry", "WherryCommands"): "@main chooses the face",
    ("wherry", "WherryDaemon"): "@main chooses the face",
    ("WherryLinux", "WherryModel"): "a system call's error becomes a WherryError in one place",
}
ONLY_IN = {
    "CLibCBOR": ["WherryCBOR"],
    "CLibSystemd": ["WherrySystemd"],
    "CLibArchive": ["WherryImages"],
    "CLibZstd": ["WherryImages"],
    "CLibNFTables": ["WherryNetwork"],
    "NIOPosix": ["WherryTransport", "WherryTLS", "WherryImages"],
    "NIOSSL": ["WherryTLS", "WherryImages"],
    "NIOTLS": ["WherryTLS"],
    "NIOHTTP1": ["WherryImages", "WherryRegistry"],
    "X509": ["WherryTLS"],
    "AsyncHTTPClient": ["WherryImages"],
    "FoundationEssentials": ["WherryOCI", "WherryTLS"],
    "ArgumentParser": ["WherryCommands", "WherryDaemon", "wherry"],
    "Foundation": [],
    "FoundationInternationalization": [],
    "FoundationNetworking": [],
}
TOOLS = {"WherryGenerate"}

level_of = {name: level for level, names in LEVELS.items() for name in names}
problems = []
sources = os.path.join(TOP, "Sources")
for module in sorted(os.listdir(sources)):
    folder = os.path.join(sources, module)
    if not os.path.isdir(folder):
        continue
    if module not in level_of and module not in TOOLS:
        problems.append(f"{module} has no level: add it to Tests/Gates/levels.py")
        continue
    for path, _, files in os.walk(folder):
        for name in sorted(files):
            if not name.endswith(".swift"):
                continue
            file = os.path.join(path, name)
            with open(file) as text:
                for number, line in enumerate(text, 1):
                    found = re.match(
                        r"\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+"
                        r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)", line)
                    if not found:
                        continue
                    imported = found.group(1)
                    where = f"{os.path.relpath(file, TOP)}:{number}: {module} imports {imported}"
                    if imported in ONLY_IN and module not in ONLY_IN[imported]:
                        problems.append(f"{where}, which only {' and '.join(ONLY_IN[imported]) or 'nobody'} may")
                    if module in TOOLS or imported not in level_of:
                        continue
                    if level_of[imported] >= level_of[module] and (module, imported) not in INSIDE_A_LEVEL:
                        problems.append(
                            f"{where}: level {level_of[module]} may not import level {level_of[imported]}")

print("\n".join(problems))
sys.exit(1 if problems else 0)
