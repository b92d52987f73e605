# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Through a PTY: agentbox exec against ssh -tt, same VM, same command."""

import contextlib
import os
import pathlib
import pty
import select
import subprocess
import sys
import tempfile
import termios
import time
import tty

import bare_machine
from figures import Row
from running import state_of

MEBIBYTE = 1 << 20
FLOOD = "head -c {size} /dev/zero | tr '\\0' x | fold -w 79"
KEYS = b"abcdefghijklmnopqrstuvwxyz"


class Terminal:
    """The outer end of a PTY, raw, so that it changes no byte."""

    def __init__(self, fd):
        self._fd = fd

    def read(self):
        try:
            return os.read(self._fd, 1 << 16)
        except OSError:  # how Linux says that the inner end is closed
            return b""

    def read_until(self, text, limit=60):
        seen, until = b"", time.monotonic() + limit
        while text not in seen:
            ready = select.select([self._fd], [], [], max(0, until - time.monotonic()))[0]
            if not ready or not (data := self.read()):
                sys.exit(f"bench: the client ended early: {seen.decode(errors='replace')}")
            seen += data

    def drain(self):
        while select.select([self._fd], [], [], 0.2)[0]:
            self.read()

    def write(self, data):
        os.write(self._fd, data)


@contextlib.contextmanager
def in_terminal(command, env=None):
    outer, inner = pty.openpty()
    tty.setraw(inner)
    termios.tcsetwinsize(inner, (30, 100))  # in one of no size full-screen programs show nothing
    # As in any terminal, it is the controlling one: ssh hangs without.
    with subprocess.Popen(["setsid", "--ctty", "--wait", *command], stdin=inner, stdout=inner, stderr=inner, env=env) as process:
        os.close(inner)
        try:
            yield Terminal(outer)
        finally:
            os.close(outer)
            process.wait()


def openssh(state, directory):
    """OpenSSH's client on the connection that agentbox would use, too, with the key that this fork shows."""
    known_hosts = directory / "known_hosts"
    known_hosts.write_text(f"guest {state['host_key']}\n", encoding="utf-8")
    dial = f"{sys.executable} {pathlib.Path(__file__).parent}/dial_guest.py {state['dial_socket']} 22"
    return [*bare_machine.SSH, "-i", str(pathlib.Path(state["base_build"]) / "id_ed25519"), "-o", f"UserKnownHostsFile={known_hosts}",
            "-o", f"ProxyCommand={dial}", "-o", "ProxyUseFdpass=yes", "root@guest"]


def terminal(runner):
    with runner.session() as session, tempfile.TemporaryDirectory() as scratch:
        state = state_of(session)
        ssh = openssh(state, pathlib.Path(scratch))
        clients = [[runner.options.agentbox, "exec", state["id"], "--"], [ssh[0], "-tt", *ssh[1:]]]
        floods, echoes = ([], []), ([], [])
        for _ in range(runner.options.floods):
            for samples, client in zip(floods, clients):
                samples.append(flood_rate(client, runner.options.flood_size * MEBIBYTE))
            for samples, client in zip(echoes, clients):
                samples += [seconds * 1000 for seconds in echo_times(client)]
    return [Row("PTY throughput", "MiB/s", floods[0], "OpenSSH, same VM", floods[1], at_least=1.0),
            Row("echo of a key", "ms", echoes[0], "OpenSSH, same VM", echoes[1], at_most=1.05)]


def shell_by(client, script):
    """ssh gives its words to a shell, agentbox does not; and ssh makes the guest's terminal as raw as the one outside."""
    script = "stty sane; " + script
    return [*client, script] if client[0] == "ssh" else [*client, "sh", "-c", script]


def flood_rate(client, size):
    """Megabytes of lines; per second, from the first byte to the last, so that connecting does not count."""
    received, began, last = 0, None, None
    with in_terminal(shell_by(client, FLOOD.format(size=size))) as outer:
        while data := outer.read():
            began = began or time.monotonic()
            received += len(data)
            last = time.monotonic()
    if received < size:
        sys.exit(f"bench: {client[0]} delivered {received} of {size} bytes")
    return received / MEBIBYTE / (last - began)


def echo_times(client):
    """Seconds from a key to its echo by the guest's terminal."""
    samples = []
    with in_terminal(shell_by(client, "exec cat")) as outer:
        outer.write(b"\n")
        outer.read_until(b"\n")
        time.sleep(1)  # until all is quiet
        outer.drain()
        for key in KEYS:
            began = time.monotonic()
            outer.write(bytes([key]))
            outer.read_until(bytes([key]))
            samples.append(time.monotonic() - began)
        outer.write(b"\n\x04")
        while outer.read():
            pass
    return samples
