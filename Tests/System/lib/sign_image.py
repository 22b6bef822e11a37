#!/usr/bin/env python3
"""sign_image.py --registry HOST:PORT --name REPOSITORY --digest sha256:HEX --identity NAME --key PEM [FLAG…]

Signs an image of a registry as cosign does, with openssl and the private key in PEM, and pushes the signature under
cosign's tag. Prints the digest of the signature's manifest.
"""
import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Tools"))
from push_image import OCI, Registry, digest  # noqa: E402

PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json"
ARTIFACT = "application/vnd.dev.cosign.artifact.sig.v1+json"
ANNOTATION = "dev.cosignproject.cosign/signature"


def sign(key, payload):
    with open(key) as file:
        kind = subprocess.run(["openssl", "pkey", "-noout", "-text"], stdin=file, capture_output=True, text=True,
                              check=True).stdout
    with tempfile.NamedTemporaryFile() as file:
        file.write(payload)
        file.flush()
        command = (["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", file.name]
                   if "ED25519" in kind else ["openssl", "dgst", "-sha256", "-sign", key, file.name])
        return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for flag in ["registry", "name", "digest", "identity", "key"]:
        parser.add_argument("--" + flag, required=True)
    parser.add_argument("--signed-digest", help="what the payload says instead")
    parser.add_argument("--tamper", action="store_true", help="change the payload after it was signed")
    parser.add_argument("--subject", help="also refer to a manifest of that digest,size: a referrer, without a tag")
    parser.add_argument("--type", default=ARTIFACT, help="of the referrer")
    options = parser.parse_args()
    registry = Registry(options.registry, False, None)
    payload = json.dumps({
        "critical": {
            "identity": {"docker-reference": options.identity},
            "image": {"docker-manifest-digest": options.signed_digest or options.digest},
            "type": "cosign container image signature",
        },
        "optional": None,
    }, separators=(",", ":")).encode()
    signature = sign(options.key, payload)
    if options.tamper:
        payload += b" "
    config = b"{}"
    registry.blob(options.name, payload)
    registry.blob(options.name, config)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI["manifest"],
        "config": {"mediaType": OCI["config"], "digest": digest(config), "size": len(config)},
        "layers": [{
            "mediaType": PAYLOAD, "digest": digest(payload), "size": len(payload),
            "annotations": {ANNOTATION: base64.b64encode(signature).decode()},
        }],
    }
    tag = options.digest.replace(":", "-") + ".sig"
    if options.subject:
        subject, size = options.subject.split(",")
        manifest["config"]["mediaType"] = options.type
        manifest["artifactType"] = options.type
        manifest["annotations"] = {"org.example.note": "made by a test"}
        manifest["subject"] = {"mediaType": OCI["manifest"], "digest": subject, "size": int(size)}
    data = json.dumps(manifest).encode()
    registry.manifest(options.name, digest(data) if options.subject else tag, data, OCI["manifest"])
    print(digest(data))


main()
