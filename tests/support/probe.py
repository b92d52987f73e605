# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Stands where QEMU stands after its guest has taken it over, tries what such a guest would, and prints a line for
each thing that worked. Runs in one process, since starting another is one of the things.

usage: probe.py OUTSIDE SESSION WORKSPACE READ_ONLY PEER_PID TCP_PORT UNIX_SOCKET ABSTRACT_NAME
"""
import ctypes, os, socket, sys

OUTSIDE, SESSION, WORKSPACE, READ_ONLY, PEER, PORT, UNIX, ABSTRACT = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
O, E = OUTSIDE.encode(), os.O_CREAT | os.O_WRONLY


def call(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")


def connect(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as s:
        s.connect(address)


def raw_open(path, flags, mode=0):
    os.close(os.open(path, flags, mode))


def read_byte(path):
    with open(path, "rb") as file:
        file.read(1)


def set_uid_in_workspace():
    raw_open(WORKSPACE + "/plain", E, 0o755)
    os.chmod(WORKSPACE + "/plain", 0o4755)


class Remote(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


def other_memory():
    buffer = ctypes.create_string_buffer(8)
    piece = Remote(ctypes.addressof(buffer), 8)
    call(310, int(PEER), ctypes.byref(piece), 1, ctypes.byref(piece), 1, 0)


ATTEMPTS = {
    # what QEMU needs
    "reads /usr": lambda: read_byte("/usr/bin/env"),
    "makes files in its own directory": lambda: raw_open(SESSION + "/made", E, 0o600),
    "makes files in the workspace": lambda: raw_open(WORKSPACE + "/made", E, 0o600),
    "moves files in the workspace": lambda: (os.mkdir(WORKSPACE + "/d"), os.rename(WORKSPACE + "/made", WORKSPACE + "/d/made")),
    "reads its template": lambda: read_byte(READ_ONLY),
    # the host's files
    "lists the root": lambda: os.listdir("/"),
    "lists a home": lambda: os.listdir(OUTSIDE),
    "reads a secret": lambda: read_byte(OUTSIDE + "/secret"),
    "reads a secret by a link in the workspace": lambda: read_byte(WORKSPACE + "/link"),
    "reads /etc/passwd": lambda: read_byte("/etc/passwd"),
    "reads another process in /proc": lambda: read_byte(f"/proc/{PEER}/environ"),
    "writes to its template": lambda: raw_open(READ_ONLY, os.O_WRONLY),
    "empties its template": lambda: raw_open(READ_ONLY, os.O_RDONLY | os.O_TRUNC),
    "empties a file by name": lambda: os.truncate(OUTSIDE + "/victim", 0),
    "makes a file elsewhere": lambda: raw_open(OUTSIDE + "/made", E, 0o600),
    "removes a file elsewhere": lambda: os.unlink(OUTSIDE + "/removable"),
    "moves a file out of the workspace": lambda: os.rename(WORKSPACE + "/d/made", OUTSIDE + "/moved"),
    "links a secret into the workspace": lambda: os.link(OUTSIDE + "/secret", WORKSPACE + "/hard"),
    "makes a set-uid program": set_uid_in_workspace,
    "sees that a file is there": lambda: os.stat(OUTSIDE + "/secret"),
    "changes a file's mode": lambda: os.chmod(OUTSIDE + "/victim", 0o640),
    "changes a file's attributes": lambda: os.setxattr(OUTSIDE + "/victim", "user.x", b"y"),
    # other processes
    "signals another process": lambda: os.kill(int(PEER), 0),
    "reads another process's memory": other_memory,
    "traces another process": lambda: call(101, 16, int(PEER), 0, 0),
    "limits another process": lambda: call(302, int(PEER), 7, None, ctypes.create_string_buffer(16)),
    "starts a process": lambda: os._exit(0) if os.fork() == 0 else os.wait(),
    # the network, and what listens on the host
    "connects to loopback": lambda: connect(socket.AF_INET, ("127.0.0.1", int(PORT))),
    "makes an IPv6 socket": lambda: socket.socket(socket.AF_INET6).close(),
    "makes a UDP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
    "makes a netlink socket": lambda: socket.socket(16, socket.SOCK_RAW).close(),
    "connects to a unix socket": lambda: connect(socket.AF_UNIX, UNIX),
    "connects to an abstract socket": lambda: connect(socket.AF_UNIX, "\0" + ABSTRACT),
    # the kernel's own things
    "makes a user namespace": lambda: call(272, 0x10000000),
    "makes an io_uring": lambda: call(425, 1, ctypes.create_string_buffer(512)),
    "makes shared memory": lambda: call(29, 0x61676278, 4096, 0o1600),
    "uses keys": lambda: call(250, 0, -3, 0),
    "watches files": lambda: call(294, 0),
    "uses bpf": lambda: call(321, 0, ctypes.create_string_buffer(128), 128) if os.geteuid() == 0 else call(-1),
}

for name, attempt in ATTEMPTS.items():
    try:
        attempt()
    except OSError:
        continue
    print(name, flush=True)
print("done", flush=True)
if len(os.environ.get("PROBE_EXEC", "")) > 0:
    os.execv("/bin/true", ["true"])
