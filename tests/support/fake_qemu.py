#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Stands in for qemu-system-x86_64: takes its command line, speaks QMP on the inherited listening socket, and misbehaves
as FAKE_QEMU says (a word from the table below; the default is to behave). It leaves in its working directory what it saw:
fake-argv.json (its arguments) and fake-state (device state it was handed)."""

import json
import os
import re
import signal
import socket
import sys
import time

MODES = {
    "behave",
    "die-at-start",  # a message with an escape sequence on stderr, exit 1
    "die-before-greeting",  # takes the connection, then exits
    "never-greet",
    "garbage",  # something that is no JSON
    "huge-line",  # 5 MiB without a newline
    "chatty",  # greeting, events and answers in as few writes as possible
    "die-in-restore",  # as real QEMU does with a damaged state: reads some, complains, exits 1
    "fail-in-restore",  # MIGRATION event "failed"
    "refuse-state",  # closes the descriptor unread and goes on
    "die-in-freeze",
    "hang-in-quit",  # does not end, but SIGTERM works
    "ignore-everything",  # does not end, ignores SIGTERM
    "ignore-powerdown",
    "probe-ok",  # as a guest that comes up, says so and powers off
    "probe-crash",  # as a guest that reboots at once
    "blank-lines",  # answers quit with newlines, for ever
    "crash-later",  # dies by SIGSEGV when it is told to stop
    "restart",  # takes system_powerdown for the guest's reset
    "odd-shutdown",  # ends with an event of another form
    "no-forward",  # "info usernet" without a port
}
MODE = os.environ.get("FAKE_QEMU", "behave")
assert MODE in MODES, MODE


def argument(option, pattern):
    for name, value in zip(sys.argv, sys.argv[1:]):
        found = re.search(pattern, value)
        if name == option and found:
            return found.group(1)
    return None


class Peer:
    """The QMP connection, with the descriptors that come along."""

    def __init__(self, listener):
        self.socket = listener.accept()[0]
        self.buffer = b""
        self.fds = []
        self.pending = b""

    def send(self, message, flush=True):
        self.pending += json.dumps(message).encode() + b"\r\n"
        if flush or MODE != "chatty":
            self.flush()

    def flush(self):
        self.socket.sendall(self.pending)
        self.pending = b""

    def event(self, name, **data):
        self.send({"timestamp": {"seconds": 1, "microseconds": 2}, "event": name, "data": data}, flush=False)

    def receive(self):
        while b"\n" not in self.buffer:
            data, fds, _, _ = socket.recv_fds(self.socket, 65536, 4)
            self.fds += fds
            if not data:
                raise EOFError
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)


def take_state(fd):
    with os.fdopen(fd, "rb") as pipe, open("fake-state", "wb") as out:
        out.write(pipe.read())


def usernet():
    head = "Hub -1 (net0):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
    forward = "  TCP[HOST_FORWARD]   8       127.0.0.1 40022       10.0.2.15    22     0     0\r\n"
    return head if MODE == "no-forward" else head + forward


def answer(peer, command, arguments, named):
    """The answer's value, or an Exception for a refusal."""
    if command == "getfd":
        named[arguments["fdname"]] = peer.fds.pop(0)
    elif command == "migrate-incoming":
        fd = named.pop(arguments["uri"].removeprefix("fd:"))
        peer.send({"return": {}, "id": answer.id})  # at once, as QEMU does; the rest is told in events
        peer.event("MIGRATION", status="setup")
        if MODE == "die-in-restore":
            os.read(fd, 1000)
            sys.exit("fake-qemu: load of migration failed: Invalid argument")
        if MODE == "refuse-state":
            os.close(fd)
            return None
        take_state(fd)
        peer.event("MIGRATION", status="failed" if MODE == "fail-in-restore" else "completed")
        return None
    elif command == "migrate":
        fd = named.pop(arguments["uri"].removeprefix("fd:"))
        if MODE == "die-in-freeze":
            os.write(fd, b"half a state")
            sys.exit("fake-qemu: warning: a line before\nfake-qemu: cannot save\x1b")
        peer.event("MIGRATION", status="active")
        os.write(fd, b"device state")
        os.close(fd)
        peer.event("MIGRATION", status="completed")
    elif command == "human-monitor-command":
        return usernet()
    elif command == "ringbuf-read":
        answer.console, said = "", answer.console  # handed out once, as by QEMU
        return said
    elif command not in ("qmp_capabilities", "migrate-set-capabilities", "migrate-set-parameters", "cont", "stop", "quit", "system_powerdown"):
        return Exception("The command %s has not been found" % command)
    return {}


answer.console = "last words of the guest \x1b]0;x\x07\n"


def serve(peer):
    named = {}
    while True:
        request = peer.receive()
        command = request["execute"]
        answer.id = request["id"]
        peer.event("RTC_CHANGE", offset=0)
        value = answer(peer, command, request.get("arguments", {}), named)
        if isinstance(value, Exception):
            peer.send({"error": {"class": "CommandNotFound", "desc": str(value)}, "id": request["id"]})
        elif value is not None:
            peer.send({"return": value, "id": request["id"]})
        else:
            peer.flush()
        while command == "quit" and MODE == "blank-lines":
            peer.socket.sendall(b"\n" * 4096)
        if command == "quit" and MODE not in ("hang-in-quit", "ignore-everything"):
            sys.exit(0)
        if command == "system_powerdown" and MODE != "ignore-powerdown":
            reasons = {"restart": "guest-reset", "odd-shutdown": ["guest-shutdown"]}
            peer.event("SHUTDOWN", guest=True, reason=reasons.get(MODE, "guest-shutdown"))
            peer.flush()
            sys.exit(0)
        if command == "stop" and MODE == "crash-later":
            signal.signal(signal.SIGSEGV, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGSEGV)


def main():
    if "--version" in sys.argv:
        print(os.environ.get("FAKE_QEMU_VERSION", "QEMU emulator version 7.2.22 (fake)"))
        return
    with open("fake-argv.json", "w") as out:
        json.dump(sys.argv, out)
    if MODE == "die-at-start":
        sys.exit("fake-qemu: cannot set up guest memory 'mem': \x1b]52;c;ZXZpbA==\x07Cannot allocate memory")
    if MODE == "ignore-everything":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    listener = socket.socket(fileno=int(argument("-chardev", r"^socket,id=qmp,fd=(\d+),")))
    while True:
        try:
            converse(Peer(listener))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            pass  # the launcher went away; the next one may come


def converse(peer):
    if MODE == "die-before-greeting":
        sys.exit(3)
    if MODE == "never-greet":
        time.sleep(3600)
    if MODE == "garbage":
        peer.socket.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        time.sleep(3600)
    if MODE == "huge-line":
        peer.socket.sendall(b'{"QMP": "' + b"x" * (5 << 20))
        time.sleep(3600)
    peer.send({"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 22}}, "capabilities": ["oob"]}}, flush=False)
    if MODE in ("probe-ok", "probe-crash"):
        with open(argument("-chardev", r"^file,id=console,path=(.*)$"), "w") as console:
            console.write("booting\n" + ("AGENTBOX-PROBE-OK\n" if MODE == "probe-ok" else "KVM: unexpected MSR\n"))
        peer.receive()
        peer.send({"return": {}, "id": 1})
        sys.exit(0)
    if MODE == "chatty":
        for n in range(300):
            peer.event("NIC_RX_FILTER_CHANGED", n=n)
    peer.flush()
    serve(peer)


if __name__ == "__main__":
    main()
