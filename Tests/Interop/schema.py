"""wherry.cddl, and what it says of an encoded message: pycddl validates."""
import pycddl

from wherry_client import CANCEL, CREDIT, ITEM, REQUEST, RESPONSE, methods_of

ROOTS = ["hello", "request", "response", "error", "item", "end", "cancel", "credit", "ping", "pong", "going-away"]


class Schema:
    """The file, its table of methods, and one validator for each kind of message of each method."""

    def __init__(self, path):
        with open(path) as file:
            self.text = file.read()
        self.methods = methods_of(self.text)
        self.names = {number: name for name, (number, _, _) in self.methods.items()}
        self.validators = {}
        for root in ROOTS:
            self.validator(root)

    def validator(self, root):
        if root not in self.validators:
            self.validators[root] = pycddl.Schema(f"start = {root}\n{self.text}")
        return self.validators[root]

    def validate(self, kind, data, method=None, direction=None):
        """Raises unless the message is what the schema says of its kind and, where that is known, of its method."""
        root = ROOTS[kind]
        known = method in self.methods
        if kind == REQUEST:
            # pycddl 0.6 does not get along with an optional element at the end, so there are two forms.
            number, params = (self.methods[method][0], f"{method}-params") if known else ("uint", "any")
            deadline = ", deadline: uint" if data[0] == 0x85 else ""
            root = f"[1, stream-id, {number}, {params}{deadline}]"
        elif known and kind == RESPONSE:
            root = f"[2, stream-id, {method}-result]"
        elif known and kind == ITEM:
            root = f"[4, stream-id, {self.methods[method][2][direction]}]"
        self.validator(root).validate_cbor(data)


class Watch:
    """Validates every message of one connection, in both directions, knowing which call each belongs to."""

    def __init__(self, schema):
        self.schema, self.calls, self.counts = schema, {}, {}
        self.off = False  # for what is sent to be wrong on purpose

    def __call__(self, direction, message, data):
        kind = message[0]
        if kind == REQUEST:
            self.calls[message[1]] = (self.schema.names.get(message[2]), direction)
        self.counts[direction, kind] = self.counts.get((direction, kind), 0) + 1
        if self.off:
            return
        method, called = self.calls.get(message[1], (None, None)) if kind in (REQUEST, RESPONSE, ITEM) else (None, None)
        self.schema.validate(kind, data, method, "input" if direction == called else "output")
        if kind in (CANCEL, CREDIT):
            assert message[1] in self.calls, f"{message}: there was no such call"
