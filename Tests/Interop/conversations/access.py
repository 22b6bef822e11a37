"""TLS, other transports, and which role may call what: the whole table of the schema."""
import os
import pwd
import socket
import ssl
import subprocess
import sys
import time

from schema import Watch
from world import HERE, OPERATORS, ROLES, STRANGERS, VIEWERS
from wherry_client import CODES, REQUEST, Client, RemoteError, encode
from conversations.expect import eventually

DENIED = 4


def outcome(client, method):
    """How the daemon answers a call with parameters that no method takes: the role is looked at before they are, and
    nothing is done."""
    client.observe.off = True
    try:
        client.call(method, "", timeout=1)
        return "answered"
    except RemoteError as error:
        return CODES[error.code]


def table(client, methods):
    return {method for method in methods if outcome(client, method) != CODES[DENIED]}


def expected(role, methods):
    return {name for name, (_, least, _) in methods.items() if ROLES.index(least) <= ROLES.index(role)}


def each_certificate_may_call_what_its_role_may(world):
    for role in ROLES:
        allowed = table(world.remote(role), world.schema.methods)
        assert allowed == expected(role, world.schema.methods), f"{role}: {sorted(allowed)}"


def each_local_user_may_call_what_his_group_may(world):
    for user, role in ((VIEWERS, "viewer"), (OPERATORS, "operator")):
        allowed = set(as_user(world, user).split())
        assert allowed == expected(role, world.schema.methods), f"{user}: {sorted(allowed)}"
    assert table(world.client(), world.schema.methods) == set(world.schema.methods)


def a_local_user_of_no_group_cannot_connect(world):
    try:
        as_user(world, STRANGERS)
        raise AssertionError("answered")
    except subprocess.CalledProcessError as error:
        assert "PermissionError" in error.stderr, error.stderr


def as_user(world, user):
    """What a user of this machine may call, from a process of his own."""
    account = pwd.getpwnam(user)
    program = (
        f"import sys; sys.path.insert(0, {HERE!r})\n"
        "from conversations.access import table\nfrom schema import Schema, Watch\nfrom wherry_client import Client\n"
        "schema = Schema(sys.argv[2])\n"
        "client = Client.unix(sys.argv[1], schema.methods, observe=Watch(schema))\n"
        "print(*table(client, schema.methods))\n")
    cddl = os.path.join(world.folder, "wherry.cddl")
    with open(cddl, "w") as file:
        file.write(world.schema.text)
    return subprocess.run([sys.executable, "-c", program, world.socket, cddl], user=account.pw_uid,
                          group=account.pw_gid, extra_groups=[], check=True, text=True, capture_output=True).stdout


def a_denied_call_is_a_line_of_the_log(world):
    assert outcome(world.remote("viewer"), "container-remove") == CODES[DENIED]
    eventually(5, "the denial is logged with who and what", lambda: any(
        "container-remove (denied)" in line and "test-viewer" in line for line in world.logged().splitlines()))


def a_container_runs_over_tls(world):
    client = world.remote("admin")
    call = client.open("container-run", {1: {1: "interop:latest", 3: ["sh", "-c", "cat; exit 7"], 19: True, 20: True}})
    call.send({1: b"over TLS"})
    call.end()
    assert b"".join(item.get(1, b"") for item in call) == b"over TLS"
    assert call.result()[2] == 7


def nothing_but_tls_1_3_is_spoken_on_the_port(world):
    context = ssl.create_default_context(cafile=f"{world.folder}/ca/ca.pem")
    context.load_cert_chain(f"{world.folder}/admin/cert.pem", f"{world.folder}/admin/key.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", world.port), 10) as stream:
        try:
            context.wrap_socket(stream, server_hostname="localhost")
            raise AssertionError("TLS 1.2 was accepted")
        except (ssl.SSLError, ConnectionError):
            pass
    with socket.create_connection(("127.0.0.1", world.port), 10) as stream:
        stream.settimeout(20)
        stream.sendall(b"\x45\x84\x01\x01\x16\xa0")
        try:
            answer = stream.recv(4096)
        except ConnectionError:
            answer = b""
        assert len(answer) < 16 and b"wherry" not in answer, answer


def through_dial_stdio(world):
    command = [world.binary, "-H", f"unix://{world.socket}", "dial-stdio"]
    client = Client.command(command, world.schema.methods, observe=Watch(world.schema))
    assert client.call("system-version", {})[2] == 1
    lines = b"".join(entry[3] for entry in client.open("container-logs", {1: "talker"}))
    assert lines.endswith(b"\n5000\n"), lines[-20:]


def a_capture_of_wherry_itself_is_as_the_schema_says(world):
    capture = os.path.join(world.folder, "capture")
    environment = {**os.environ, "WHERRY_CAPTURE": capture}
    for command in (["ps", "-a"], ["logs", "talker"], ["inspect", "talker"], ["images"], ["info"],
                    ["run", "--rm", "-i", "interop:latest", "cat"]):
        world.wherry(*command, env=environment, input="captured\n")
    checked = subprocess.run([sys.executable, f"{HERE}/check_capture.py", capture], text=True, capture_output=True)
    assert checked.returncode == 0 and "as in the schema" in checked.stdout, checked.stderr
    with open(capture, "ab") as file:
        file.write(encode([0, time.time_ns() // 1000, encode([REQUEST, 99, 22, {1: "not a bool"}])]))
    checked = subprocess.run([sys.executable, f"{HERE}/check_capture.py", capture], text=True, capture_output=True)
    assert checked.returncode == 1, "a wrong message passes"
