#!/usr/bin/env python3
"""http_status.py [--method M] [--user NAME:PASSWORD] [--ca FILE] [--cert FOLDER] URL: prints the status, or "refused"."""
import argparse
import base64
import http.client
import ssl
import urllib.parse

parser = argparse.ArgumentParser()
parser.add_argument("--method", default="GET")
parser.add_argument("--user")
parser.add_argument("--ca")
parser.add_argument("--cert")
parser.add_argument("url")
arguments = parser.parse_args()
url = urllib.parse.urlsplit(arguments.url)
headers = {}
if arguments.user:
    headers["Authorization"] = "Basic " + base64.b64encode(arguments.user.encode()).decode()
try:
    if url.scheme == "https":
        context = ssl.create_default_context(cafile=arguments.ca)
        if arguments.cert:
            context.load_cert_chain(arguments.cert + "/cert.pem", arguments.cert + "/key.pem")
        connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=30, context=context)
    else:
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    connection.request(arguments.method, url.path, headers=headers)
    print(connection.getresponse().status)
except (ssl.SSLError, http.client.HTTPException, ConnectionError):
    print("refused")
