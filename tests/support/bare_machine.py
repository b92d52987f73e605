# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The least that a fork of a template can be: qemu-img makes an overlay, QEMU restores it, OpenSSH runs a command.

No confinement, no policy, no project, no clock, no reseeded random numbers. The template and the machine are agentbox's own, taken from a
session that runs: for benchmarks, where the difference is what agentbox adds, or saves; and for tests of what it adds.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import socket
import subprocess
import time
import uuid

SSH = ["ssh", "-F", "none", "-o", "StrictHostKeyChecking=yes", "-o", "HostKeyAlias=guest", "-o", "LogLevel=error", "-o", "IdentitiesOnly=yes",
       "-o", "KexAlgorithms=curve25519-sha256", "-o", "Ciphers=chacha20-poly1305@openssh.com", "-o", "HostKeyAlgorithms=ssh-ed25519"]


@dataclasses.dataclass
class Running:
    ssh_forward: int        # the port on 127.0.0.1 that leads to the guest's port 22
    ssh: socket.socket      # what waits in the template: its SSH server, agentbox-guest
    ssh_inside: socket.socket
    control: socket.socket
    control_inside: socket.socket


class BareMachine:
    def __init__(self, room, qemu, base_build):
        """room, qemu: the argument vectors of a running fork's bubblewrap and QEMU. base_build: the directory with the keys."""
        self._binds = {room[i + 2]: room[i + 1] for i, word in enumerate(room) if word in ("--bind", "--ro-bind", "--ro-bind-try")}
        self._qemu = qemu
        self._build = pathlib.Path(base_build)
        self._template = pathlib.Path(self._binds["/disk/1"]).parent
        self.asked_to_quit = None  # when the last one was (time.monotonic())

    @staticmethod
    def of_session(directory):
        state = json.loads((pathlib.Path(directory) / "state.json").read_text(encoding="utf-8"))
        commands = [arguments_of(pid) for pid in [state["vm"]["pid"], *descendants(state["launcher"]["pid"])]]
        qemu = next(command for command in commands if "qemu-system" in command[0])
        room = next(command for command in commands if "bwrap" in command[0] and qemu[0] in command)
        return BareMachine(room, qemu, state["base_build"])

    @contextlib.contextmanager
    def started(self, directory, generation=None):
        """A machine that runs, with its files in directory (made if missing). generation: what it is told to be, in the place of a fresh
        id, at which a guest's kernel reseeds."""
        directory = pathlib.Path(directory)
        (directory / "empty").mkdir(parents=True, exist_ok=True)
        overlay, monitor_socket = directory / "disk.qcow2", directory / "qmp"
        for left in (overlay, monitor_socket):
            left.unlink(missing_ok=True)
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", self._binds["/disk/1"], "-F", "qcow2", str(overlay)], check=True)
        with contextlib.ExitStack() as open_ends:
            running = Running(free_port(), *(open_ends.enter_context(end) for end in (*socket.socketpair(), *socket.socketpair())))
            command = [*self._command(directory, overlay, running, generation), "-qmp", f"unix:{monitor_socket},server=on,wait=off"]
            with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                  pass_fds=(running.ssh_inside.fileno(), running.control_inside.fileno())) as process:
                try:
                    monitor = open_ends.enter_context(Monitor(monitor_socket, process))
                    monitor.ask("migrate-set-capabilities", capabilities=[{"capability": "x-ignore-shared", "state": True}])
                    monitor.ask("migrate-incoming", uri=f"exec:cat {self._template / 'state'}")
                    while (status := monitor.ask("query-status")["status"]) == "inmigrate":
                        time.sleep(0.003)
                    if status != "running":
                        monitor.ask("cont")
                    yield running
                    self.asked_to_quit = time.monotonic()
                    monitor.ask("quit")
                except BaseException:
                    process.kill()
                    raise

    def run(self, directory, words):
        """Runs words in a machine of its own; what they print."""
        with self.started(directory) as running:
            done = subprocess.run([*self.ssh(pathlib.Path(directory)), "-p", str(running.ssh_forward), "root@127.0.0.1", *map(quoted, words)],
                                  check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def generation(self):
        """The id that the template was frozen with. Where its guest has it is in the device state (QEMU's docs/devel/migration: a section
        begins with its name, instance and version; the device's is the address)."""
        state = (self._template / "state").read_bytes()
        section = state.index(b"\x07vmgenid") + len(b"\x07vmgenid") + 8
        with open(self._template / "mem", "rb") as memory:
            memory.seek(int.from_bytes(state[section:section + 8], "little"))
            return str(uuid.UUID(bytes_le=memory.read(16)))

    def ssh(self, directory):
        """OpenSSH's client for a machine of this base, up to the server's address."""
        manifest = json.loads((self._build / "manifest.json").read_text(encoding="utf-8"))
        known_hosts = directory / "known_hosts"
        known_hosts.write_text(f"guest {manifest['host_key']}\n", encoding="utf-8")
        return [*SSH, "-i", str(self._build / "id_ed25519"), "-o", f"UserKnownHostsFile={known_hosts}"]

    def _command(self, directory, overlay, running, generation):
        places = {**self._binds, "/session/disk.qcow2": str(overlay), "/directories": str(directory / "empty"),
                  "/workspace": str(directory / "empty")}
        command = [self._qemu[0]]
        for option, value in options_of(self._qemu):
            if option in ("-sandbox", "-mon", "-serial"):
                continue
            if option == "-chardev":
                # Those of the machine's serial ports belong to its devices. They are open from the start, as they were in the template.
                ends = {"ssh": running.ssh_inside, "control": running.control_inside}
                name = value.split("id=")[1].split(",")[0]
                if name in ends:
                    value = f"socket,id={name},fd={ends[name].fileno()}"
                elif name == "ssh2":
                    value = f"null,id={name}"
                else:
                    continue
            if option == "-netdev":
                value = json.dumps({"type": "user", "id": "net0", "hostfwd": [{"str": f"tcp:127.0.0.1:{running.ssh_forward}-:22"}]})
            elif option == "-device" and generation and '"vmgenid"' in value:
                value = json.dumps({"driver": "vmgenid", "guid": generation})
            elif value:
                value = with_places(value, places)
            command += [option] + ([value] if value else [])
        return [*command, "-serial", "null"]


def with_places(value, places):
    """An argument of QEMU's with paths of the host in the place of those of the room."""
    for inside, outside in sorted(places.items(), reverse=True):
        if inside.startswith(("/session/", "/disk/", "/ram", "/workspace", "/directories")):
            value = value.replace(inside + '"', outside + '"').replace(f"={inside},", f"={outside},")
    return value


def options_of(command):
    """(option, value or None) for each option of a command line of QEMU."""
    options, words = [], command[1:]
    while words:
        has_value = len(words) > 1 and not words[1].startswith("-")
        options.append((words[0], words[1] if has_value else None))
        words = words[2 if has_value else 1:]
    return options


def quoted(word):
    """For the guest's shell."""
    return "'" + word.replace("'", "'\\''") + "'"


def arguments_of(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1] or [""]


def descendants(pid):
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found, todo = [], [pid]
    while todo:
        parent = todo.pop()
        children = [child for child, its_parent in parents.items() if its_parent == parent]
        found += children
        todo += children
    return found


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

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lines.close()
        self._socket.close()

    def ask(self, command, **arguments):
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self._lines.readline())
            if "error" in answer:
                raise RuntimeError(answer["error"])
            if "return" in answer:
                return answer["return"]
