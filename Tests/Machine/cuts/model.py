"""What must hold after a power cut, given what was acknowledged before it. No machine in here: test_model.py.

Each object has the set of states it may be in. An operation that was acknowledged leaves one; one that was under way
leaves every state on its path. None is absence.
"""
from typing import NamedTuple, Optional


class Container(NamedTuple):
    status: str  # created, running or exited
    restart: str  # no, always, unless-stopped or on-failure
    memory: int  # bytes
    # Whether the user's last word was to run, which nothing shows: one that a cut ended and no policy brought back may
    # be given a policy later, and comes back then.
    wanted: bool = False

    def after_boot(self):
        """As the next boot should leave it, by Docker's rules."""
        if self.status == "created" or self.restart == "no":
            return self._replace(status="exited") if self.status == "running" else self
        if self.restart == "always" or self.wanted:
            # Whoever stopped one that is always to run has had their word until this boot.
            return self._replace(status="running", wanted=True)
        return self._replace(status="exited")

    def shown(self):
        return self._replace(wanted=False)


PRESENT = "present"
# An image that has lost its name and not yet more: where a removal was cut, as with Docker. `image prune` ends it.
UNTAGGED = "untagged"


class Operation(NamedTuple):
    """A command, and the path of each object it touches: the states it goes through, the last when it is done."""

    command: list
    paths: dict


class Model:
    def __init__(self, known=None):
        self.allowed = {key: {state} for key, state in (known or {}).items()}
        self.under_way = []

    def state(self, key):
        """As it shows, of an object that nothing is under way on."""
        states = {shown(state) for state in self.allowed.get(key, {None})}
        if len(states) != 1:
            raise AssertionError(f"{key} may be in {len(states)} states")
        return next(iter(states))

    def known(self, kind, states=None):
        return sorted(
            key[1]
            for key in self.allowed
            if key[0] == kind and self.state(key) is not None and (states is None or self.state(key).status in states)
        )

    def begin(self, operation):
        for key in operation.paths:
            if any(key in other.paths for other in self.under_way):
                raise AssertionError(f"two operations on {key} at once")
            self.allowed[key] = self.allowed.get(key, {None}) | self._steps(key, operation)
        self.under_way.append(operation)

    def acknowledge(self, operation):
        self.under_way.remove(operation)
        for key, path in operation.paths.items():
            self.allowed[key] = self._steps(key, operation, path[-1:])

    def _steps(self, key, operation, path=None):
        """With what the user's last word is on each step: that of the command, where it has one."""
        steps = operation.paths[key] if path is None else path
        word = {"run": True, "start": True, "stop": False}.get(operation.command[0])
        words = {word} if word is not None else {
            state.wanted for state in self.allowed.get(key, {None}) if isinstance(state, Container)} or {False}
        return {
            state._replace(wanted=wanted) if isinstance(state, Container) else state for state in steps for wanted in words
        }

    def cut(self):
        """The power goes, and comes back: what is under way has no answer any more."""
        self.under_way = []
        for states in self.allowed.values():
            after = {state.after_boot() if isinstance(state, Container) else state for state in states}
            states.clear()
            states.update(after)

    def observe(self, found):
        """`found` maps every object that there is to its state. Returns what is wrong with it, as sentences; from now
        on it is what is known."""
        wrong = []
        for key in sorted(self.allowed.keys() | found.keys()):
            states = self.allowed.get(key, {None})
            if found.get(key) not in {shown(state) for state in states}:
                wanted = " or ".join(sorted({describe(shown(state)) for state in states}))
                wrong.append(f"{key[0]} {key[1]} should be {wanted}, and is {describe(found.get(key))}")
        self.allowed = {
            key: {old for old in self.allowed.get(key, ()) if shown(old) == state} or {state} for key, state in found.items()
        }
        return wrong


def shown(state):
    return state.shown() if isinstance(state, Container) else state


def describe(state: Optional[object]):
    if state is None:
        return "absent"
    return " ".join(str(part) for part in state[:3]) if isinstance(state, tuple) else str(state)
