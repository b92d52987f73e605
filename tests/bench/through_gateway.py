# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What the gateway costs: one client in the guest and one server on the host, joined in three ways.

    wire     the host dials the guest's port, as agentbox does for SSH, and serves on that connection: no gateway
    gateway  the guest calls the host by its name, which a rule allows
    broker   the guest calls a model service, whose key the broker sets

Bytes go the same way in all three, written and read by the same code.
"""

import contextlib
import json
import os
import pathlib
import socket
import statistics
import subprocess
import threading

from dial_guest import dial
from figures import Row
from running import process_of, state_of, status_of

MEBIBYTE = 1 << 20
GUEST_PORT = 9000
EVENT = b'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"' + b"word " * 800 + b'"}}\n\n'
EVENTS = EVENT * 64  # one write makes large packets, which is what an emulated guest is quick with
PROFILE = """
description: Of a benchmark
base: dev
command: [python3]
keys:
  - name: BENCH_API_KEY
    help: any text will do
    provider: anthropic
    credential: api-key
base-url-variable: BENCH_BASE_URL
default-base-url: https://bench.invalid
"""


class Service:
    """Answers each request with as many bytes of events as its body asks for: {"bytes": N}. HTTP/1.1, kept alive."""

    def __enter__(self):
        self._listener = socket.create_server(("0.0.0.0", 0), backlog=2048)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def serve(self, connection):
        threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self.serve(self._listener.accept()[0])

    @staticmethod
    def _serve(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as requests, contextlib.suppress(OSError):
            while requests.readline():
                length = 0
                while (line := requests.readline().strip().lower()):
                    if line.startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                size = json.loads(requests.read(length))["bytes"]
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n" % size)
                for sent in range(0, size, len(EVENTS)):
                    connection.sendall(EVENTS[:size - sent])


def own_name():
    """This host's name and an address that it resolves to: a name that needs no network."""
    name = socket.gethostname()
    with contextlib.suppress(OSError):
        return name, socket.gethostbyname(name)
    return None, None


@contextlib.contextmanager
def written(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        path.unlink()


def measure(runner):
    """Throughput, time to the first byte, and the gateway's memory under half-open connections."""
    name, address = own_name()
    project = pathlib.Path(runner.project)
    (project / "guest.py").write_text((pathlib.Path(__file__).parent / "through_gateway_guest.py").read_text("utf-8"), "utf-8")
    label = f"bench-{project.name}".lower().replace("_", "-")
    with Service() as service, contextlib.ExitStack() as files:
        rules = f"  allow: ['{name}:{service.port}']\n  lan: ['{address}:{service.port}']\n" if name else ""
        for folder, text in (("agents", PROFILE), ("policies", f"description: Of a benchmark\nnetwork:\n  mode: allowlist\n{rules}")):
            files.enter_context(written(runner.configuration() / folder / f"{label}.yaml", text))
        answer = session(runner, label, service, name)
    rates = {way: [size / MEBIBYTE / seconds for size, seconds in figures["floods"]] for way, figures in answer["ways"].items()}
    first_bytes = {way: [1000 * seconds for seconds in figures["first_bytes"]] for way, figures in answer["ways"].items()}
    ways = [way for way in answer["ways"] if way != "wire"]
    bare = statistics.median(first_bytes["wire"])
    return [*(Row(f"throughput, {way}", "MiB/s", rates[way], "the bare wire", rates["wire"], at_least=0.9) for way in ways),
            *(Row(f"first byte of an answer, {way}", "ms", first_bytes[way], "the bare wire", first_bytes["wire"]) for way in ways),
            *(Row(f"the same: what {way} adds", "ms", [seconds - bare for seconds in first_bytes[way]], limit=5) for way in ways),
            Row(f"memory of the gateway with {answer['half_open']} half-open connections (RSS)", "MiB", [answer["gateway_rss"] / MEBIBYTE], limit=64)]


def session(runner, label, service, name):
    known = set(runner.session_ids())
    words = ["--name", name, "--port", str(service.port)] if name else []
    command = [runner.options.agentbox, "--base", runner.options.base, "--policy", label, label, runner.project, "guest.py",
               "--listen", str(GUEST_PORT), "--mebibytes", str(runner.options.flood_size), "--rounds", str(runner.options.floods), *words]
    keys = {"BENCH_API_KEY": "of-a-benchmark", "BENCH_BASE_URL": f"http://127.0.0.1:{service.port}"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **keys}) as process:
        expect(process, "listening")
        directory = runner.directory_of((set(runner.session_ids()) - known).pop())
        wire = dial(state_of(directory)["dial_socket"], GUEST_PORT)
        wire.setblocking(True)
        service.serve(wire)
        expect(process, "half open")
        rss = status_of(process_of(directory, "agentbox-gateway"), "VmRSS")
        process.stdin.write("seen\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
    return {**answer, "gateway_rss": rss}


def expect(process, line):
    if (said := process.stdout.readline().strip()) != line:
        raise SystemExit(f"bench: the guest said \"{said}\" instead of \"{line}\"")
