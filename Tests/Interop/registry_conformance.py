#!/usr/bin/env python3
"""registry_conformance.py HOST:PORT: a registry against the OCI distribution specification 1.1, as TAP.

Written from spec.md alone, standard library only. The suite of the specification's authors says more:
registry_suite.sh runs it where its sources and a Go compiler are.
"""
import hashlib
import http.client
import json
import os
import sys

ADDRESS = sys.argv[1]
NAME = "conformance/" + os.urandom(4).hex()
OTHER = NAME + "/other"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
number = failed = 0


def ask(method, target, body=None, **headers):
    connection = http.client.HTTPConnection(ADDRESS, timeout=60)
    connection.request(method, target, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer


def check(name, condition, found=""):
    global number, failed
    number += 1
    if not condition:
        failed += 1
        print(f"not ok {number} {name}: {found!r}")
    else:
        print(f"ok {number} {name}")


def status(name, answer, *wanted):
    check(f"{name}: {'/'.join(map(str, wanted))}", answer.status in wanted, (answer.status, answer.body[:200]))
    return answer


def error(name, answer, code, *wanted):
    status(name, answer, *wanted)
    try:
        found = json.loads(answer.body)["errors"][0]["code"]
    except (ValueError, KeyError, IndexError):
        found = None
    check(f"{name}: code {code}", found == code, answer.body[:200])


def digest(data, algorithm="sha256"):
    return algorithm + ":" + hashlib.new(algorithm, data).hexdigest()


def location(answer):
    place = answer.getheader("Location") or ""
    return place.split(ADDRESS, 1)[-1]


def put_blob(name, data):
    place = location(ask("POST", f"/v2/{name}/blobs/uploads/"))
    return ask("PUT", place + ("&" if "?" in place else "?") + "digest=" + digest(data), data)


def descriptor(data, kind):
    return {"mediaType": kind, "digest": digest(data), "size": len(data)}


def manifest(config, layers, **more):
    document = {"schemaVersion": 2, "mediaType": IMAGE, "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
                "layers": [descriptor(layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers], **more}
    return json.dumps(document).encode()


# Determining support
status("GET /v2/", ask("GET", "/v2/"), 200)

# Pushing blobs: monolithically
config, layer = b"{}", os.urandom(3000)
answer = status("POST for an upload", ask("POST", f"/v2/{NAME}/blobs/uploads/"), 202)
check("an upload has a location", location(answer).startswith("/v2/"), answer.getheader("Location"))
answer = status("POST then PUT", put_blob(NAME, config), 201)
status("the location is the blob's", ask("GET", location(answer)), 200)
answer = status("single POST", ask("POST", f"/v2/{NAME}/blobs/uploads/?digest={digest(layer)}", layer), 201, 202)
if answer.status == 202:
    status("and PUT", put_blob(NAME, layer), 201)
error("a blob of another digest", ask("PUT", location(ask("POST", f"/v2/{NAME}/blobs/uploads/")) + "?digest=" + digest(b"x"), b"y"),
      "DIGEST_INVALID", 400)
error("a digest that is none", ask("PUT", location(ask("POST", f"/v2/{NAME}/blobs/uploads/")) + "?digest=sha256:zz", b"y"),
      "DIGEST_INVALID", 400)
wide = digest(layer, "sha512")
answer = ask("POST", f"/v2/{NAME}/blobs/uploads/?digest-algorithm=sha512")
status("sha512", ask("PUT", location(answer) + "?digest=" + wide, layer), 201)
check("sha512 comes back", ask("GET", f"/v2/{NAME}/blobs/{wide}").body == layer)

# Pushing a blob in chunks
data = os.urandom(5000)
place = location(ask("POST", f"/v2/{NAME}/blobs/uploads/", Content_Length="0"))
answer = status("first chunk", ask("PATCH", place, data[:2000], Content_Range="0-1999"), 202)
check("range of the first chunk", answer.getheader("Range") == "0-1999", answer.getheader("Range"))
place = location(answer)
status("the same chunk again", ask("PATCH", place, data[:2000], Content_Range="0-1999"), 416)
status("a chunk too far", ask("PATCH", place, data[3000:], Content_Range="3000-4999"), 416)
answer = status("status of the upload", ask("GET", place), 204)
check("range of the status", answer.getheader("Range") == "0-1999", answer.getheader("Range"))
place = location(answer)
answer = status("second chunk", ask("PATCH", place, data[2000:4000], Content_Range="2000-3999"), 202)
place = location(answer)
status("the last chunk out of order", ask("PUT", f"{place}?digest={digest(data)}", data[4000:], Content_Range="4001-4999"), 416, 400)
answer = status("the last chunk with PUT", ask("PUT", f"{place}?digest={digest(data)}", data[4000:], Content_Range="4000-4999"), 201)
check("the blob is whole", ask("GET", location(answer)).body == data)
error("an upload that ended", ask("PATCH", place, b"x", Content_Range="5000-5000"), "BLOB_UPLOAD_UNKNOWN", 404)

# Cancelling
place = location(ask("POST", f"/v2/{NAME}/blobs/uploads/"))
status("cancel", ask("DELETE", place), 204)
error("after cancelling", ask("GET", place), "BLOB_UPLOAD_UNKNOWN", 404)

# Mounting
answer = status("mount", ask("POST", f"/v2/{OTHER}/blobs/uploads/?mount={digest(layer)}&from={NAME}"), 201)
check("the mounted blob", ask("GET", location(answer)).body == layer)
status("mount of what is not there", ask("POST", f"/v2/{OTHER}/blobs/uploads/?mount={digest(b'absent')}&from={NAME}"), 202)

# Pulling blobs
answer = status("HEAD blob", ask("HEAD", f"/v2/{NAME}/blobs/{digest(layer)}"), 200)
check("length", answer.getheader("Content-Length") == "3000", answer.getheader("Content-Length"))
check("digest header", answer.getheader("Docker-Content-Digest") == digest(layer))
check("a HEAD has no body", answer.body == b"")
for text, wanted in [("bytes=0-0", (0, 1)), ("bytes=100-199", (100, 200)), ("bytes=2900-", (2900, 3000)), ("bytes=-10", (2990, 3000)),
                     ("bytes=2990-9999", (2990, 3000))]:
    answer = status("range " + text, ask("GET", f"/v2/{NAME}/blobs/{digest(layer)}", Range=text), 206)
    check("bytes of " + text, answer.body == layer[wanted[0]:wanted[1]], len(answer.body))
    check("Content-Range of " + text, answer.getheader("Content-Range") == f"bytes {wanted[0]}-{wanted[1] - 1}/3000")
status("a range beyond", ask("GET", f"/v2/{NAME}/blobs/{digest(layer)}", Range="bytes=3000-"), 416)
error("an unknown blob", ask("GET", f"/v2/{NAME}/blobs/{digest(b'absent')}"), "BLOB_UNKNOWN", 404)
status("HEAD of an unknown blob", ask("HEAD", f"/v2/{NAME}/blobs/{digest(b'absent')}"), 404)
status("another repository's blob", ask("GET", f"/v2/{OTHER}/blobs/{digest(data)}"), 404)

# Manifests
image = manifest(config, [layer])
answer = status("PUT by tag", ask("PUT", f"/v2/{NAME}/manifests/one", image, Content_Type=IMAGE), 201)
check("digest of the manifest", answer.getheader("Docker-Content-Digest") == digest(image))
status("PUT by digest", ask("PUT", f"/v2/{NAME}/manifests/{digest(image)}", image, Content_Type=IMAGE), 201)
for tag in ("Two", "three", "_4"):
    status("tag " + tag, ask("PUT", f"/v2/{NAME}/manifests/{tag}", image, Content_Type=IMAGE), 201)
answer = status("tags as parameters", ask("PUT", f"/v2/{NAME}/manifests/{digest(image)}?tag=p1&tag=p2", image, Content_Type=IMAGE), 201)
check("OCI-Tag", set((answer.getheader("OCI-Tag") or "").replace(" ", "").split(",")) == {"p1", "p2"}, answer.getheader("OCI-Tag"))
for name in ("one", digest(image)):
    answer = status("GET " + name[:8], ask("GET", f"/v2/{NAME}/manifests/{name}"), 200)
    check("its bytes", answer.body == image)
    check("its type", answer.getheader("Content-Type") == IMAGE, answer.getheader("Content-Type"))
    answer = status("HEAD " + name[:8], ask("HEAD", f"/v2/{NAME}/manifests/{name}"), 200)
    check("its length", answer.getheader("Content-Length") == str(len(image)))
error("an unknown tag", ask("GET", f"/v2/{NAME}/manifests/absent"), "MANIFEST_UNKNOWN", 404)
error("another digest", ask("PUT", f"/v2/{NAME}/manifests/{digest(b'x')}", image, Content_Type=IMAGE), "DIGEST_INVALID", 400)
error("no manifest", ask("PUT", f"/v2/{NAME}/manifests/bad", b"{", Content_Type=IMAGE), "MANIFEST_INVALID", 400)
error("an unknown layer", ask("PUT", f"/v2/{NAME}/manifests/bad", manifest(config, [b"absent"]), Content_Type=IMAGE),
      "MANIFEST_BLOB_UNKNOWN", 404, 400)
error("an invalid name", ask("GET", "/v2/Upper/manifests/x"), "NAME_INVALID", 400)
large = manifest(config, [layer], annotations={"x": "a" * 4_000_000})
status("a manifest of 4 MB", ask("PUT", f"/v2/{NAME}/manifests/large", large, Content_Type=IMAGE), 201)
status("and back", ask("GET", f"/v2/{NAME}/manifests/large"), 200)
status("a manifest that is too large", ask("PUT", f"/v2/{NAME}/manifests/x", b" " * (5 << 20), Content_Type=IMAGE), 413)
listing = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(image, IMAGE)]}).encode()
status("an index", ask("PUT", f"/v2/{NAME}/manifests/index", listing, Content_Type=INDEX), 201)
check("type of the index", ask("GET", f"/v2/{NAME}/manifests/index").getheader("Content-Type") == INDEX)

# Tags
tags = sorted(["one", "Two", "three", "_4", "p1", "p2", "large", "index"])
answer = status("tags", ask("GET", f"/v2/{NAME}/tags/list"), 200)
check("all of them, sorted", json.loads(answer.body) == {"name": NAME, "tags": tags}, answer.body)
answer = ask("GET", f"/v2/{NAME}/tags/list?n=3")
found = json.loads(answer.body)["tags"]
while link := answer.getheader("Link"):
    check("a link to the next", link.endswith('rel="next"'), link)
    answer = ask("GET", link.split("<")[1].split(">")[0].split(ADDRESS)[-1])
    check("a page is not longer", len(json.loads(answer.body)["tags"]) <= 3)
    found += json.loads(answer.body)["tags"]
check("the pages are the whole", found == tags, found)
check("last", json.loads(ask("GET", f"/v2/{NAME}/tags/list?last=one").body)["tags"] == tags[tags.index("one") + 1:])
answer = ask("GET", f"/v2/{NAME}/tags/list?n=0")
check("n=0", json.loads(answer.body)["tags"] == [] and answer.getheader("Link") is None)
error("tags of an unknown repository", ask("GET", f"/v2/{NAME}/absent/tags/list"), "NAME_UNKNOWN", 404)
check("catalog", NAME in json.loads(ask("GET", "/v2/_catalog?n=1000").body)["repositories"])

# Referrers
subject = descriptor(image, IMAGE)
signature = manifest(config, [], artifactType="application/x.signature", subject=subject, annotations={"a": "b"})
answer = status("a manifest with a subject", ask("PUT", f"/v2/{NAME}/manifests/{digest(signature)}", signature, Content_Type=IMAGE), 201)
check("OCI-Subject", answer.getheader("OCI-Subject") == digest(image), answer.getheader("OCI-Subject"))
early = manifest(config, [], subject={**subject, "digest": digest(b"later")})
status("a subject that is not there", ask("PUT", f"/v2/{NAME}/manifests/{digest(early)}", early, Content_Type=IMAGE), 201)
answer = status("referrers", ask("GET", f"/v2/{NAME}/referrers/{digest(image)}"), 200)
check("type of referrers", answer.getheader("Content-Type") == INDEX, answer.getheader("Content-Type"))
wanted = {**descriptor(signature, IMAGE), "artifactType": "application/x.signature", "annotations": {"a": "b"}}
check("the referrer", json.loads(answer.body)["manifests"] == [wanted], answer.body)
answer = ask("GET", f"/v2/{NAME}/referrers/{digest(b'later')}")
check("artifactType of the configuration", [each["artifactType"] for each in json.loads(answer.body)["manifests"]]
      == ["application/vnd.oci.image.config.v1+json"], answer.body)
answer = ask("GET", f"/v2/{NAME}/referrers/{digest(image)}?artifactType=application/x.other")
check("filtered", json.loads(answer.body)["manifests"] == [] and answer.getheader("OCI-Filters-Applied") == "artifactType")
answer = status("referrers of nothing", ask("GET", f"/v2/{NAME}/referrers/{digest(b'nothing')}"), 200)
check("an empty index", json.loads(answer.body)["manifests"] == [])
status("referrers of no digest", ask("GET", f"/v2/{NAME}/referrers/sha256:zz"), 400)

# Deleting
status("DELETE tag", ask("DELETE", f"/v2/{NAME}/manifests/one"), 202)
status("the tag is gone", ask("GET", f"/v2/{NAME}/manifests/one"), 404)
status("the manifest is not", ask("GET", f"/v2/{NAME}/manifests/{digest(image)}"), 200)
status("DELETE manifest", ask("DELETE", f"/v2/{NAME}/manifests/{digest(image)}"), 202)
status("its other tags are gone", ask("GET", f"/v2/{NAME}/manifests/Two"), 404)
status("DELETE of a referrer", ask("DELETE", f"/v2/{NAME}/manifests/{digest(signature)}"), 202)
check("no referrer is left", json.loads(ask("GET", f"/v2/{NAME}/referrers/{digest(image)}").body)["manifests"] == [])
status("DELETE of an unknown manifest", ask("DELETE", f"/v2/{NAME}/manifests/{digest(b'absent')}"), 404)
status("DELETE blob", ask("DELETE", f"/v2/{NAME}/blobs/{digest(data)}"), 202)
status("the blob is gone", ask("GET", f"/v2/{NAME}/blobs/{digest(data)}"), 404)
status("DELETE of an unknown blob", ask("DELETE", f"/v2/{NAME}/blobs/{digest(data)}"), 404)

print(f"1..{number}")
sys.exit(1 if failed else 0)
