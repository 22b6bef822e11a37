"""What is in the machine after a boot: one command in it, and what its output means."""
import json
import re

from model import PRESENT, UNTAGGED, Container

# Sections begin with a line of their own. What nobody should see, asked in the machine.
COMMAND = r"""
section() { printf '\n@@ %s\n' "$1"; }
cd /var/lib/wherry
section restore; systemctl show -p Result --value wherry-restore.service
section folders; ls -A containers
section volume-folders; ls -A volumes
section staging; ls -A staging
section damaged; ls -A damaged
section layers; for l in layers/*; do [ -f $l/layer.cbor ] && [ -d $l/tree ] || echo "$l"; done
section temporary; find images containers -maxdepth 2 -name '.*.tmp'
section units; systemctl list-units --all --plain --no-legend 'wherry-*' | awk '{ print $1, $3 }'
section groups; find /sys/fs/cgroup/wherry.slice -mindepth 1 -maxdepth 1 -type d 2>/dev/null
section mounts; awk '$5 ~ "/wherry/" { print $5 }' /proc/self/mountinfo
section processes; pgrep -fc '^sleep 100000'
section failed; systemctl list-units --failed --plain --no-legend 'wherry*'
section journal; journalctl -b -q -o cat -u wherry.service -u wherry-restore.service -p warning --no-pager | tail -20
"""

# And what everybody sees, asked by commands of the client.
COMMANDS = {
    "check": ["system", "check", "--format", "json"],
    "images": ["images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"],
    "containers": ["ps", "-aq", "--no-trunc"],
    "volumes": ["volume", "ls", "-q"],
    "networks": ["network", "ls", "--format", "{{.Name}}"],
}


def ask(machine):
    """Everything, as one text. Throws WentAway."""
    output = machine.run(COMMAND)[1]
    for name, words in COMMANDS.items():
        status, said = machine.wherry(*words)
        if name == "containers" and said.strip():
            status, said = machine.wherry("inspect", *said.split())
        output += f"\n@@ {name}\n{said}"
        if name == "check":
            output += f"status {status}"
        elif status != 0:
            output += f"\n@@ failed\n{' '.join(words)}: exit {status}: {said}"
    return output


ID = re.compile(r"[0-9a-f]{64}")
BUILT_IN_NETWORKS = {"bridge", "host", "none"}


def sections(output):
    found = {}
    for part in output.split("\n@@ ")[1:]:
        name, _, rest = part.partition("\n")
        found[name] = [line for line in rest.splitlines() if line]
    return found


class Look:
    """`objects` maps what there is to its state, as Model.observe wants it; `wrong` is what should not be, whatever was
    acknowledged; `repaired` is what the check found."""

    def __init__(self, output, references):
        """`references` maps an image's ID to the name that it is known by out here."""
        self.parts = sections(output)
        self.wrong = []
        self.inspected = json.loads("\n".join(self.parts["containers"]) or "[]")
        self.image_ids = dict(line.rsplit(" ", 1) for line in self.parts["images"])
        self.objects = {("image", name): PRESENT for name in self.image_ids}
        nameless = self.image_ids.pop("<none>:<none>", None)
        if nameless is not None:
            del self.objects[("image", "<none>:<none>")]
            self.objects[("image", references.get(nameless, nameless))] = UNTAGGED
        for kind, section in (("volume", "volumes"), ("network", "networks")):
            for name in self.parts[section]:
                if name not in BUILT_IN_NETWORKS:
                    self.objects[(kind, name)] = PRESENT
        running = set()
        for one in self.inspected:
            state = one["State"]["Status"]
            if state == "running":
                running.add(one["Id"])
            self.objects[("container", one["Name"].lstrip("/"))] = Container(
                state, one["HostConfig"]["RestartPolicy"]["Name"] or "no", one["HostConfig"]["Memory"]
            )
        self._find_strays(running)

    def damage(self):
        """Lines of the check that name something damaged."""
        return [line for line in self.parts["check"][:-1] if '"Path"' in line or '"Object"' in line or "Kind" in line]

    def check_is_clean(self):
        return self.parts["check"][-1:] == ["status 0"]

    def _find_strays(self, running):
        known = {one["Id"] for one in self.inspected}
        if set(self.parts["folders"]) != known:
            self.wrong.append(f"folders of containers: {sorted(set(self.parts['folders']) ^ known)}")
        volumes = {key[1] for key in self.objects if key[0] == "volume"}
        if set(self.parts["volume-folders"]) != volumes:
            self.wrong.append(f"folders of volumes: {sorted(set(self.parts['volume-folders']) ^ volumes)}")
        for name in self.parts["staging"]:
            if name != "partial":
                self.wrong.append(f"left in staging: {name}")
        for section in ("damaged", "layers", "temporary", "failed"):
            self.wrong += [f"{section}: {line}" for line in self.parts[section]]
        if self.parts["restore"] != ["success"]:
            self.wrong.append(f"wherry-restore.service: {self.parts['restore']}")
        for section in ("units", "groups", "mounts"):
            for line in self.parts[section]:
                found = ID.search(line)
                if found and found.group() not in running:
                    self.wrong.append(f"stray of {section}: {line}")
        if int(self.parts["processes"][0]) != len(running):
            self.wrong.append(f"{self.parts['processes'][0]} processes of containers, {len(running)} are running")
