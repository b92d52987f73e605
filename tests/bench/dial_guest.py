#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""For ssh_config(5) ProxyCommand with ProxyUseFdpass: hands OpenSSH a connection to a session's guest, made as agentbox makes its
own (launcher/wire/dial.cpp).

    dial_guest.py DIAL_SOCKET PORT
"""

import select
import socket
import sys


def dial(dial_socket, port):
    """A connection to the guest's port, connected or failed."""
    with socket.socket(socket.AF_UNIX) as desk:
        desk.connect(dial_socket)
        desk.sendall(port.to_bytes(2, "big"))
        _, descriptors, _, _ = socket.recv_fds(desk, 1, 1)
    connection = socket.socket(fileno=descriptors[0])
    poller = select.poll()
    poller.register(connection, select.POLLOUT)
    poller.poll()
    return connection


if __name__ == "__main__":
    with dial(sys.argv[1], int(sys.argv[2])) as to_guest:
        socket.send_fds(socket.socket(fileno=1), [b"\0"], [to_guest.fileno()])
