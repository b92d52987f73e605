# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The guest's half of through_gateway.py: prints what it measured as one line of JSON."""

import argparse
import contextlib
import http.client
import json
import os
import resource
import socket
import sys
import time
import urllib.parse

HALF_OPEN = 1000
SETTLE = 1 << 16


def ask(connection, path, headers, size):
    """Seconds to the first byte of the answer's body, and to its last."""
    began = time.monotonic()
    connection.request("POST", path, json.dumps({"bytes": size}), {"content-type": "application/json", **headers})
    answer = connection.getresponse()
    if answer.status != 200:
        sys.exit(f"{path}: {answer.status} {answer.read()}")
    buffer = bytearray(1 << 18)
    received = answer.readinto(memoryview(buffer)[:1])
    first = time.monotonic() - began
    while more := answer.readinto(buffer):
        received += more
    if received != size:
        sys.exit(f"{path}: {received} bytes instead of {size}")
    return first, time.monotonic() - began


def way_over_wire(port):
    with socket.create_server(("0.0.0.0", port)) as listener:
        print("listening", flush=True)
        connection = http.client.HTTPConnection("wire")
        connection.sock = listener.accept()[0]
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as connect() does for the others
        return connection, "/", {}


def way_through_broker():
    url = urllib.parse.urlsplit(os.environ["BENCH_BASE_URL"])
    return http.client.HTTPConnection(url.hostname, url.port), f"{url.path}/v1/messages", {"x-api-key": os.environ["BENCH_API_KEY"]}


def half_open(targets):
    """Connections that began a request and never go on, as many as the gateway takes."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * HALF_OPEN, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    sockets = []
    with contextlib.suppress(OSError):
        for i in range(HALF_OPEN):
            sockets.append(socket.create_connection(targets[i % len(targets)]))
            sockets[-1].sendall(b"POST / HTTP/1.1\r\nhost: ")
    return sockets


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", type=int)
    parser.add_argument("--mebibytes", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--name")
    parser.add_argument("--port", type=int)
    options = parser.parse_args()

    ways = {"wire": way_over_wire(options.listen), "broker": way_through_broker()}
    if options.name:
        ways["gateway"] = http.client.HTTPConnection(options.name, options.port), "/", {}
    measured = {name: {"floods": [], "first_bytes": []} for name in ways}
    for way in ways.values():
        ask(*way, SETTLE)
    for _ in range(options.rounds):  # in turn, so that a busy moment of the machine is everybody's
        for name, way in ways.items():
            size = options.mebibytes << 20
            measured[name]["floods"].append((size, ask(*way, size)[1]))
            measured[name]["first_bytes"] += [ask(*way, 100)[0] for _ in range(20)]

    broker = ways["broker"][0]
    sockets = half_open([(broker.host, broker.port), *([(options.name, options.port)] if options.name else [])])
    print("half open", flush=True)
    sys.stdin.readline()
    print(json.dumps({"ways": measured, "half_open": len(sockets)}), flush=True)


main()
