# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What must work and what must fail in a project that can only be read, asked in the guest: python3 share_readonly.py DIRECTORY

DIRECTORY holds file ("text"), run (a program), d/empty/, d/inner and link -> d/inner. One line for each thing that is tried, as in
share_conformance.py. Everything that would change something must fail with EROFS, not merely fail.
"""

import errno
import fcntl
import mmap
import os
import subprocess
import sys


def reads(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


def maps(flags):
    """The first bytes of a file through a map of it."""
    with open("file", "rb") as file, mmap.mmap(file.fileno(), 0, flags=flags, prot=mmap.PROT_READ) as seen:
        return bytes(seen[:4])


def writes_a_private_map():
    with open("file", "rb") as file, mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE) as seen:
        seen[:4] = b"mine"
        return bytes(seen[:4])


def locks():
    with open("file", "rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return True


def opens(flags, name="file"):
    return lambda: os.close(os.open(name, flags, 0o644))


# What it does, and what must come of it.
ALLOWED = {
    "read": (lambda: reads("file"), "text\n"),
    "read_by_a_link": (lambda: reads("link"), "inner\n"),
    "list": (lambda: sorted(os.listdir("d")), ["empty", "inner"]),
    "look": (lambda: os.stat("run").st_mode & 0o777, 0o755),
    "run": (lambda: subprocess.run(["./run"], check=True, capture_output=True, text=True).stdout, "ran\n"),
    "map_shared": (lambda: maps(mmap.MAP_SHARED), b"text"),
    "map_private": (lambda: maps(mmap.MAP_PRIVATE), b"text"),
    "write_a_private_map": (writes_a_private_map, b"mine"),
    "lock_shared": (locks, True),
    "read_again": (lambda: reads("file"), "text\n"),
}

REFUSED = {
    "write": opens(os.O_WRONLY),
    "read_and_write": opens(os.O_RDWR),
    "append": opens(os.O_WRONLY | os.O_APPEND),
    "empty_by_opening": opens(os.O_WRONLY | os.O_TRUNC),
    "truncate": lambda: os.truncate("file", 1),
    "make_longer": lambda: os.truncate("file", 100),
    "make": opens(os.O_CREAT | os.O_WRONLY, "new"),
    "make_exclusively": opens(os.O_CREAT | os.O_EXCL | os.O_WRONLY, "d/new"),
    "mkdir": lambda: os.mkdir("new"),
    "rmdir": lambda: os.rmdir("d/empty"),
    "unlink": lambda: os.unlink("file"),
    "unlink_a_link": lambda: os.unlink("link"),
    "rename": lambda: os.rename("file", "new"),
    "rename_over": lambda: os.rename("file", "run"),
    "rename_a_directory": lambda: os.rename("d", "e"),
    "hard_link": lambda: os.link("file", "new"),
    "symbolic_link": lambda: os.symlink("file", "new"),
    "chmod": lambda: os.chmod("file", 0o600),
    "chmod_set_uid": lambda: os.chmod("run", 0o4755),
    "chown": lambda: os.chown("file", os.stat("file").st_uid, os.stat("file").st_gid),
    "times": lambda: os.utime("file", (1, 1)),
    "times_of_a_directory": lambda: os.utime("d", (1, 1)),
    "write_through_a_link": opens(os.O_WRONLY, "link"),
    "allocate": lambda: os.posix_fallocate(os.open("file", os.O_RDWR), 0, 1 << 20),
}


def outcome_of_allowed(call, wanted):
    try:
        got = call()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    return None if got == wanted else repr(got)


def outcome_of_refused(call):
    try:
        call()
    except OSError as error:
        return None if error.errno == errno.EROFS else errno.errorcode.get(error.errno, str(error.errno))
    return "it went through"


def main():
    os.chdir(sys.argv[1])
    outcomes = {name: outcome_of_allowed(*what) for name, what in ALLOWED.items()}
    outcomes.update({name: outcome_of_refused(call) for name, call in REFUSED.items()})
    for name, problem in outcomes.items():
        print(f"ok {name}" if problem is None else f"not ok {name}: {problem}", flush=True)


if __name__ == "__main__":
    main()
