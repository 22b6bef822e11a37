"""device_dials.py WHERRY ARG…: a device dials a port here and puts `wherry dial-stdio` behind the connection; what is
accepted is given as descriptor 3 to `wherry --host fd://3 ARG…`, whose exit code is ours."""
import os
import socket
import subprocess
import sys

wherry, arguments = sys.argv[1], sys.argv[2:]
listener = socket.create_server(("127.0.0.1", 0))
dialled = socket.create_connection(listener.getsockname())
device = subprocess.Popen([wherry, "dial-stdio"], stdin=dialled, stdout=dialled)
dialled.close()
accepted, _ = listener.accept()
listener.close()


def as_three():
    os.dup2(accepted.fileno(), 3)


status = subprocess.run(
    [wherry, "--host", "fd://3", *arguments], pass_fds=[3, accepted.fileno()], preexec_fn=as_three).returncode
accepted.close()
device.wait(timeout=20)
sys.exit(status)
