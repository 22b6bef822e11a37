"""Deterministic encoding (RFC 8949 section 4.2) by way of cbor2.

cbor2's own canonical mode sorts a map's keys by length first, which is the rule of RFC 7049;
RFC 8949 sorts them bytewise. So maps and arrays are put together here; everything else is cbor2's.
"""

import cbor2


def head(major, value):
    """The head of an array (4), map (5) or tag (6): that of an integer with another major type."""
    encoded = bytearray(cbor2.dumps(value, canonical=True))
    encoded[0] |= major << 5
    return bytes(encoded)


def encode(value):
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(map(encode, value))
    if hasattr(value, "items"):
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    if isinstance(value, cbor2.CBORTag):
        return head(6, value.tag) + encode(value.value)
    return cbor2.dumps(value, canonical=True)
