#!/usr/bin/env python3
"""make-manuals.py BINARY OUTPUT: writes Wherry's manual pages into the folder OUTPUT.

Commands and flags come from the binary, the protocol from WireProtocol.md, the rest from packaging/man.
"""
import email.utils
import json
import os
import re
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti").replace("^", "\\(ha").replace("`", "\\(ga")
    return "\\&" + text if text[:1] in (".", "'") else text


def inline(text):
    """Markdown's marks inside a paragraph."""
    result = ""
    for part in re.split(r"(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))", text):
        if len(part) > 2 and part[0] == part[-1] == "`":
            result += "\\fB" + escape(part[1:-1]).removeprefix("\\&") + "\\fR"
        elif part.startswith("**"):
            result += "\\fB" + escape(part[2:-2]).removeprefix("\\&") + "\\fR"
        elif part.startswith("["):
            result += escape(part[1:part.index("]")])
        else:
            result += escape(part)
    return result


def cells(line):
    parts = re.split(r"(?<!\\)\|", line.strip())[1:-1]
    return [part.strip().replace("\\|", "|") for part in parts]


def table(rows):
    """A tagged paragraph a row: wide columns fit no terminal of a device."""
    head, lines = rows[0], []
    for row in rows[2:]:
        rest = [cell if len(row) == 2 else f"{name}: {cell}" for name, cell in zip(head[1:], row[1:]) if cell]
        lines += [".TP", inline(row[0]), "; ".join(inline(cell) for cell in rest) or "\\&"]
    return lines


def markdown(text):
    lines, paragraph, rows = [], [], []
    source = iter(text.splitlines())
    start = ".PP"

    def flush():
        nonlocal start
        if rows:
            lines.extend(table(rows))
        if paragraph:
            lines.extend([start, inline(" ".join(paragraph))])
        rows.clear()
        paragraph.clear()
        start = ".PP"

    for line in source:
        if line.startswith("```"):
            flush()
            lines.extend([".PP", ".RS 4", ".nf"])
            for code in source:
                if code.startswith("```"):
                    break
                lines.append(escape(code) if code else "\\&")
            lines.extend([".fi", ".RE"])
        elif line.startswith("|"):
            if paragraph:
                flush()
            rows.append(cells(line))
        elif match := re.match(r"(#+) (.*)", line):
            flush()
            lines.append(f'.{"SS" if len(match[1]) > 2 else "SH"} "{escape(match[2])}"')
        elif match := re.match(r"(?:[-*]|\d+\.) (.*)", line):
            flush()
            start = ".IP \\(bu 2"
            paragraph.append(match[1])
        elif line.strip():
            if rows:
                flush()
            paragraph.append(line.strip())
        else:
            flush()
    flush()
    return lines


class Page:
    def __init__(self, name, section, about):
        self.name, self.section = name, section
        self.lines = ["'\\\" -*- coding: utf-8 -*-",
                      f'.TH "{escape(name.upper() if name.startswith("wherry") else name)}" {section} "{DATE}" "Wherry {VERSION}" "Wherry"',
                      ".nh", ".ad l", ".SH NAME", f"{escape(name)} \\- {escape(about)}"]

    def add(self, *lines):
        self.lines.extend(lines)

    def section_of(self, title, *lines):
        self.add(f'.SH "{title}"', *lines)

    def write(self):
        with open(os.path.join(OUTPUT, f"{self.name}.{self.section}"), "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines) + "\n")


def flags(arguments):
    lines = []
    for argument in arguments or []:
        if not argument.get("shouldDisplay", True):
            continue
        if argument["kind"] == "positional":
            if not argument.get("abstract"):
                continue
            names = "\\fI" + escape(argument.get("valueName") or "words") + "\\fR"
        else:
            names = ", ".join("\\fB" + escape(("-" if name["kind"] == "short" else "--") + name["name"]) + "\\fR"
                              for name in sorted(argument["names"], key=lambda name: name["kind"] != "short"))
            if argument["kind"] == "option":
                names += " \\fI" + escape(argument.get("valueName") or "value") + "\\fR"
        about = escape(argument.get("abstract") or "")
        if argument.get("defaultValue") and "default" not in about and argument["kind"] == "option":
            about += f" (default: {escape(argument['defaultValue'])})"
        if argument.get("allValues"):
            about += " (one of " + ", ".join(map(escape, argument["allValues"])) + ")"
        lines += [".TP", names, about or "\\&"]
    return lines


def verb(entry, group):
    words, command = " ".join(entry["words"]), entry["help"]["command"]
    lines = [f'.SS "wherry {escape(words)}"', escape(command["abstract"]) + "."]
    if group and not entry["synopsis"].startswith(group + " "):
        own = entry["synopsis"].split()[0]
        return lines + [f"The same as \\fBwherry {escape(own)}\\fR, see \\fBwherry\\fR(1)."]
    lines += [".PP", ".nf"]
    lines += ["\\fBwherry\\fR " + escape(usage.strip()) for usage in re.split(r" \| (?=debug )", entry["synopsis"])]
    lines += [".fi"]
    if command.get("discussion"):
        lines += [".PP", escape(" ".join(command["discussion"].split()))]
    return lines + flags(command.get("arguments"))


def options(overview):
    """The flags before the verb, from `wherry --help`."""
    lines, wanted = [], False
    for line in overview.splitlines():
        if line.strip() == "Options:":
            wanted = True
        elif wanted and (match := re.match(r" +((?:-\w, )?--[\w-]+(?: \w+)?)  +(.*)", line)):
            lines += [".TP", "\\fB" + escape(match[1]) + "\\fR", escape(match[2])]
        elif wanted and line.startswith("        "):
            lines[-1] += " " + escape(line.strip())
        elif wanted:
            wanted = False
    return lines


def see_also(*names):
    return ", ".join(f"\\fB{escape(name)}\\fR({section})" for name, section in names)


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def run(*words):
    return subprocess.run([BINARY, *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def commands(described, groups):
    page = Page("wherry", 1, "small container engine for devices")
    page.section_of("SYNOPSIS", "\\fBwherry\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARG\\fR...]")
    page.section_of("DESCRIPTION",
                    "Runs OCI containers with Docker's commands, flags, defaults and exit codes. Containers are systemd units, "
                    "their logs are in the journal, and the daemon runs only while something is asked of it.",
                    ".PP", "Commands that work on one kind of object are in groups too, each with a page of its own:",
                    see_also(*((f"wherry-{group}", 1) for group in groups)) + ".")
    page.section_of("OPTIONS", *options(described["overview"]))
    page.section_of("COMMANDS")
    for entry in described["verbs"]:
        if len(entry["words"]) == 1:
            page.add(*verb(entry, None))
    page.add('.SS "wherry daemon"', "Run the service, see \\fBwherry\\-daemon\\fR(8).")
    page.add('.SS "wherry registry"', "Serve images to other machines, see \\fBwherry\\-registry\\fR(8).")
    page.add(*markdown(read("packaging/man/wherry.1.md")))
    page.section_of("SEE ALSO", see_also(*((f"wherry-{group}", 1) for group in groups), ("daemon.json", 5),
                                         ("wherry-rpc", 7), ("wherry-daemon", 8), ("wherry-registry", 8)))
    page.write()
    for group in groups:
        page = Page(f"wherry-{group}", 1, f"{group} commands of the Wherry container engine")
        page.section_of("SYNOPSIS", f"\\fBwherry {escape(group)}\\fR \\fICOMMAND\\fR [\\fIARG\\fR...]")
        page.section_of("COMMANDS")
        for entry in described["verbs"]:
            if len(entry["words"]) == 2 and entry["words"][0] == group:
                page.add(*verb(entry, group))
        page.section_of("SEE ALSO", see_also(("wherry", 1)))
        page.write()


def daemon():
    command = json.loads(run("daemon", "--experimental-dump-help"))["command"]
    certificates = json.loads(run("daemon", "cert", "--experimental-dump-help"))["command"]
    page = Page("wherry-daemon", 8, command["abstract"])
    page.section_of("SYNOPSIS", "\\fBwherry daemon\\fR [\\fIOPTIONS\\fR]", ".br",
                    "\\fBwherry daemon cert\\fR \\fIca\\fR|\\fIdevice\\fR|\\fIclient\\fR [\\fIOPTIONS\\fR]")
    page.section_of("DESCRIPTION", escape(" ".join(command["discussion"].split())))
    page.section_of("OPTIONS", *flags(command["arguments"]))
    page.section_of("CERTIFICATES", escape(" ".join(certificates["discussion"].split())))
    for sub in certificates["subcommands"]:
        if sub["commandName"] != "help":
            page.add(f'.SS "wherry daemon cert {sub["commandName"]}"', escape(sub["abstract"]) + ".",
                     *flags(sub["arguments"]))
    page.add(*markdown(read("packaging/man/wherry-daemon.8.md")))
    page.section_of("SEE ALSO", see_also(("wherry", 1), ("daemon.json", 5), ("wherry-rpc", 7)))
    page.write()


def registry():
    group = json.loads(run("registry", "--experimental-dump-help"))["command"]
    subcommands = [command for command in group["subcommands"] if command["commandName"] != "help"]
    page = Page("wherry-registry", 8, group["abstract"])
    names = "|".join(f"\\fI{command['commandName']}\\fR" for command in subcommands)
    page.section_of("SYNOPSIS", f"\\fBwherry registry\\fR {names} [\\fIOPTIONS\\fR]")
    page.section_of("COMMANDS")
    for command in subcommands:
        page.add(f'.SS "wherry registry {command["commandName"]}"',
                 escape(" ".join(command.get("discussion", command["abstract"] + ".").split())),
                 *flags(command["arguments"]))
    page.add(*markdown(read("packaging/man/wherry-registry.8.md")))
    page.section_of("SEE ALSO", see_also(("wherry", 1), ("wherry-daemon", 8)))
    page.write()


def written():
    text = read("packaging/man/daemon.json.5.md")
    title, body = text.split("\n", 1)
    page = Page("daemon.json", 5, title.split(" - ", 1)[1])
    page.add(*markdown(body))
    page.write()
    text = read("Sources/WherryWire/WherryWire.docc/WireProtocol.md")
    title, body = text.split("\n", 1)
    page = Page("wherry-rpc", 7, title.removeprefix("# "))
    page.add(*markdown("## DESCRIPTION\n" + body))
    page.section_of("SEE ALSO", see_also(("wherry", 1), ("wherry-daemon", 8)))
    page.write()


if len(sys.argv) != 3:
    sys.exit(__doc__)
BINARY, OUTPUT = sys.argv[1:]
changelog = read("packaging/debian/changelog")
VERSION = re.search(r"\((.*?)\)", changelog)[1]
DATE = email.utils.parsedate_to_datetime(re.search(r"^ -- .*>  (.*)$", changelog, re.M)[1]).date().isoformat()
os.makedirs(OUTPUT, exist_ok=True)
described = json.loads(run("internal", "describe"))
commands(described, sorted({entry["words"][0] for entry in described["verbs"] if len(entry["words"]) == 2}))
daemon()
registry()
written()
