#!/usr/bin/env python3
"""Prints Sources/WherryWire/Vectors/messages.tsv: the golden messages, encoded by cbor2.

usage: cbor_vectors.py > Sources/WherryWire/Vectors/messages.tsv
Needs cbor2 (PyPI). The values are those of Tests/WherryWireTests/GoldenVectorTests.swift.
"""

import cbor2

from cbor_canonical import encode

VECTORS = {
    "hello-body": {1: 1, 2: 1, 3: 4194304, 4: 64, 5: 262144, 6: "wherry 0.1", 7: []},
    "error-body": {
        1: 2,
        2: "container web: no such container",
        3: "see wherry ps -a",
        4: {"kind": "container", "id": "web"},
    },
    "nothing": {},
    "container-reference": {1: "web"},
    "container-list-params": {1: True, 3: {"status": ["running"], "label": ["a=b", "c"], "name": []}},
    "container-spec": {
        1: "docker.io/library/nginx:latest",
        2: "web",
        3: ["nginx", "-g", "daemon off;"],
        4: [],
        5: ["A=1"],
        9: {"b": "2", "aa": "1", "ü": ""},
        10: [{1: 0, 2: "/srv", 3: "/data", 4: True}],
        12: {1: 67108864, 3: 100},
        14: {1: 2, 2: 5},
        16: 10,
        17: [{1: "none"}],
        18: False,
    },
    "container-summary": {
        1: "3f1c",
        2: "web",
        3: "nginx",
        4: "sha256:00",
        5: ["nginx"],
        6: 1700000000000000000,
        7: 2,
        9: 1700000001000000000,
        10: 137,
        11: {},
    },
    "log-entry": {1: 2, 2: 1700000000000000001, 3: b"a\n"},
    "session-input": {3: {1: 24, 2: 80}},
    "pull-progress": {1: "sha256:ab", 2: 1, 3: 65536, 4: 4294967296},
    # Of plugin.cddl.
    "plugin-describe-result": {1: "1.0", 2: [1, 2], 3: "Folders", 4: 2, 5: ["container-create"]},
    "volume-driver-create-params": {1: "data", 2: {"size": "1", "a": ""}},
    "volume-driver-mount-result": {1: "/srv/folders/data"},
    "authorization-request-params": {
        1: "container-create", 2: "admin", 3: "uid 0 pid 9", 4: 0, 5: "web of box", 6: ["privileged", "bind:/etc"],
    },
}

if __name__ == "__main__":
    print("# Messages of wherry.cddl and plugin.cddl: the rule and its deterministic encoding, as cbor2 writes it")
    print("# (Tests/Interop/cbor_vectors.py). The Swift values: Tests/WherryWireTests/GoldenVectorTests.swift.")
    for rule, value in VECTORS.items():
        encoded = encode(value)
        assert cbor2.loads(encoded) == value
        print(f"{rule}\t{encoded.hex()}")
