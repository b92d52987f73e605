# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The least that a fork of a template can be: qemu-img makes an overlay, QEMU restores it, OpenSSH runs `true`.

No confinement, no policy, no project, no clock, no reseeded random numbers. The template and the machine are agentbox's own, so the
difference is what agentbox adds, or saves.
"""

import json
import os
import pathlib
import socket
import subprocess
import time

KEX = ["-o", "KexAlgorithms=curve25519-sha256", "-o", "Ciphers=chacha20-poly1305@openssh.com", "-o", "HostKeyAlgorithms=ssh-ed25519"]


class BareFork:
    def __init__(self, room, qemu, ssh, directory):
        """room, qemu: the argument vectors of a running fork's bubblewrap and QEMU. ssh: of OpenSSH's client, up to the server's
        address. directory: a new one, for overlay and sockets."""
        self._directory = directory
        self._ssh = ssh
        self._port = free_port()
        binds = {room[i + 2]: room[i + 1] for i, word in enumerate(room) if word in ("--bind", "--ro-bind", "--ro-bind-try")}
        self._overlay = directory / "disk.qcow2"
        empty = directory / "empty"
        empty.mkdir()
        mine = {"/session/disk.qcow2": str(self._overlay), "/directories": str(empty)}
        self._command = []
        for option, value in options_of(qemu):
            if option in ("-sandbox", "-mon", "-serial"):
                continue
            if option == "-chardev":
                # Those of the machine's serial ports belong to its devices; at their other ends is nobody.
                if (name := value.split("id=")[1].split(",")[0]) not in ("ssh", "control"):
                    continue
                value = f"null,id={name}"
            if option == "-netdev":
                value = json.dumps({"type": "user", "id": "net0", "hostfwd": [{"str": f"tcp:127.0.0.1:{self._port}-:22"}]})
            elif value:
                for inside, outside in sorted({**binds, **mine}.items(), reverse=True):
                    if inside.startswith(("/session/", "/disk/", "/ram", "/workspace", "/directories")):
                        value = value.replace(inside + '"', outside + '"').replace(f"={inside},", f"={outside},")
            self._command += [option] + ([value] if value else [])
        self._below = binds["/disk/1"]
        self._state = next(pathlib.Path(outside).parent / "state" for outside in binds.values()
                           if (pathlib.Path(outside).parent / "state").exists())
        self._command = [qemu[0], *self._command, "-serial", "null", "-qmp", f"unix:{directory}/qmp,server=on,wait=off"]

    def run(self):
        """Seconds from nothing to the end of `true`, with the machine's end."""
        self._overlay.unlink(missing_ok=True)
        began = time.monotonic()
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", self._below, "-F", "qcow2", str(self._overlay)], check=True)
        with subprocess.Popen(self._command, stdin=subprocess.DEVNULL) as machine:
            monitor = Monitor(self._directory / "qmp", machine)
            monitor.ask("migrate-set-capabilities", capabilities=[{"capability": "x-ignore-shared", "state": True}])
            monitor.ask("migrate-incoming", uri=f"exec:cat {self._state}")
            while (status := monitor.ask("query-status")["status"]) == "inmigrate":
                time.sleep(0.003)
            if status != "running":
                monitor.ask("cont")
            subprocess.run([*self._ssh, *KEX, "-p", str(self._port), "root@127.0.0.1", "true"], check=True, stdin=subprocess.DEVNULL)
            monitor.ask("quit")
        return time.monotonic() - began


def options_of(command):
    """(option, value or None) for each option of a command line of QEMU."""
    options, words = [], command[1:]
    while words:
        has_value = len(words) > 1 and not words[1].startswith("-")
        options.append((words[0], words[1] if has_value else None))
        words = words[2 if has_value else 1:]
    return options


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Monitor:
    """QMP, as much as a fork needs."""

    def __init__(self, path, machine):
        self._socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self._socket.connect(os.fspath(path))
                break
            except (FileNotFoundError, ConnectionRefusedError):
                if machine.poll() is not None:
                    raise RuntimeError("the bare QEMU ended") from None
                time.sleep(0.002)
        self._lines = self._socket.makefile("r")
        self._lines.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self._lines.readline())
            if "error" in answer:
                raise RuntimeError(answer["error"])
            if "return" in answer:
                return answer["return"]
