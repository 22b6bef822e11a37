#!/usr/bin/env python3
"""registry_push.py start|half|rest|pull HOST:PORT REPOSITORY FILE UPLOAD: one blob, in steps that tests interrupt.

start begins an upload and writes its location to the file UPLOAD; half sends it from the start and slowly; rest asks
where to go on, sends the rest and ends it; pull reads the blob back (slowly where UPLOAD is "slow") and compares it.
"""
import hashlib
import http.client
import os
import sys
import time

step, address, repository, path, upload = sys.argv[1:]
connection = http.client.HTTPConnection(address, timeout=120)


def ask(method, target, body=None, headers={}):
    connection.request(method, target, body=body, headers=headers)
    answer = connection.getresponse()
    return answer, answer.read()


def digest():
    found = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return "sha256:" + found.hexdigest()


if step == "start":
    answer, _ = ask("POST", f"/v2/{repository}/blobs/uploads/")
    assert answer.status == 202, answer.status
    with open(upload, "w") as file:
        file.write(answer.getheader("Location"))
elif step == "half":
    location = open(upload).read()
    connection.putrequest("PATCH", location)
    connection.putheader("Content-Length", str(os.path.getsize(path)))
    connection.endheaders()
    with open(path, "rb") as file:
        while block := file.read(64 << 10):
            connection.send(block)
            time.sleep(0.02)
elif step == "rest":
    location = open(upload).read()
    answer, _ = ask("GET", location)
    assert answer.status == 204, answer.status
    last = int(answer.getheader("Range").split("-")[1])
    at = last + 1 if last else 0
    print("resumed at", at)
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        file.seek(at)
        answer, body = ask("PATCH", answer.getheader("Location"), file,
                           {"Content-Range": f"{at}-{size - 1}", "Content-Length": str(size - at)})
    assert answer.status == 202, (answer.status, body)
    assert answer.getheader("Range") == f"0-{size - 1}", answer.getheader("Range")
    answer, body = ask("PUT", answer.getheader("Location") + "?digest=" + digest(), headers={"Content-Length": "0"})
    assert answer.status == 201, (answer.status, body)
elif step == "pull":
    wanted = digest()
    connection.request("GET", f"/v2/{repository}/blobs/{wanted}")
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    found = hashlib.sha256()
    count = 0
    while block := answer.read(1 << 20):
        found.update(block)
        count += 1
        # A reader that falls behind: the server must wait for it, not read ahead.
        if upload == "slow" and count < 20:
            time.sleep(0.05)
    assert "sha256:" + found.hexdigest() == wanted
