"""Operations chosen at random, in two lanes that touch different objects: images, and everything else."""
from model import PRESENT, UNTAGGED, Container, Operation

RESTARTS = ["no", "always", "unless-stopped", "on-failure"]
MEBIBYTE = 1 << 20
SCRIPT = 'trap "exit 0" TERM; sleep 100000 & wait'


class ImageLane:
    """`images` may come and go; `base` stays, because a container uses it."""

    def __init__(self, images):
        self.images = images

    def next(self, model, rng):
        here = [name for name in self.images if model.state(("image", name)) == PRESENT]
        gone = [name for name in self.images if name not in here]
        kinds = ["pull"] * (4 if gone else 0) + ["remove"] * (2 if here else 0) + ["prune"]
        kind = rng.choice(kinds)
        if kind == "pull":
            name = rng.choice(gone)
            return Operation(["pull", "-q", name], {("image", name): [PRESENT]})
        if kind == "remove":
            name = rng.choice(here)
            return Operation(["rmi", name], {("image", name): [UNTAGGED, None]})
        kept = [name for name in self.images if model.state(("image", name)) is not None]
        return Operation(["image", "prune", "-a", "-f"], {("image", name): [UNTAGGED, None] for name in kept})


class ContainerLane:
    """`flags` says those of a new container for its state. With `limits`, memory is one of what is updated."""

    def __init__(self, image, flags, count=6):
        self.image, self.flags = image, flags
        self.limits = "-m" in flags(Container("created", "no", MEBIBYTE))
        self.names = [f"c{number}" for number in range(count)]
        self.volumes = ["v0", "v1"]
        self.networks = ["n0", "n1"]

    def next(self, model, rng):
        choices = []
        for name in self.names:
            state = model.state(("container", name))
            if state is None:
                choices += [self.create, self.run]
            else:
                choices += [self.start if state.status != "running" else self.stop, self.update, self.update, self.remove]
        choices += [self.prune, self.toggle, self.toggle]
        while True:
            operation = rng.choice(choices)(model, rng)
            if operation is not None:
                return operation

    def _one(self, model, rng, accept):
        names = [name for name in self.names if accept(model.state(("container", name)))]
        return rng.choice(names) if names else None

    def _new(self, model, rng):
        name = self._one(model, rng, lambda state: state is None)
        return name, rng.choice(RESTARTS), rng.choice([16, 24, 32, 48]) * MEBIBYTE if self.limits else 0

    def create(self, model, rng):
        name, restart, memory = self._new(model, rng)
        state = Container("created", restart, memory)
        flags = ["--name", name, "--restart", restart, *self.flags(state)]
        return Operation(["create", *flags, self.image, "sh", "-c", SCRIPT], {("container", name): [state]})

    def run(self, model, rng):
        name, restart, memory = self._new(model, rng)
        path = [Container(status, restart, memory) for status in ("created", "running")]
        flags = ["--name", name, "--restart", restart, *self.flags(path[0])]
        return Operation(["run", "-d", *flags, self.image, "sh", "-c", SCRIPT], {("container", name): path})

    def start(self, model, rng):
        name = self._one(model, rng, lambda state: state is not None and state.status != "running")
        if name is None:
            return None
        state = model.state(("container", name))
        return Operation(["start", name], {("container", name): [state._replace(status="running")]})

    def stop(self, model, rng):
        name = self._one(model, rng, lambda state: state is not None and state.status == "running")
        if name is None:
            return None
        state = model.state(("container", name))
        return Operation(["stop", "-t", "2", name], {("container", name): [state._replace(status="exited")]})

    def update(self, model, rng):
        name = self._one(model, rng, lambda state: state is not None)
        state = model.state(("container", name))
        changed = state._replace(restart=rng.choice(RESTARTS), memory=rng.choice([20, 28, 40]) * MEBIBYTE if self.limits else 0)
        flags = ["--restart", changed.restart]
        if self.limits:
            flags += ["-m", str(changed.memory), "--memory-swap", str(changed.memory)]
        return Operation(["update", *flags, name], {("container", name): [changed]})

    def remove(self, model, rng):
        name = self._one(model, rng, lambda state: state is not None)
        state = model.state(("container", name))
        path = [state._replace(status="exited"), None] if state.status == "running" else [None]
        return Operation(["rm", "-f", name], {("container", name): path})

    def prune(self, model, rng):
        down = [name for name in model.known("container", {"created", "exited"})]
        return Operation(["container", "prune", "-f"], {("container", name): [None] for name in down})

    def toggle(self, model, rng):
        """A volume or a network, there or not."""
        kind, name = rng.choice([("volume", name) for name in self.volumes] + [("network", name) for name in self.networks])
        if model.state((kind, name)) is None:
            return Operation([kind, "create", name], {(kind, name): [PRESENT]})
        return Operation([kind, "rm", name], {(kind, name): [None]})
