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

with socket.socket(socket.AF_UNIX) as desk:
    desk.connect(sys.argv[1])
    desk.sendall(int(sys.argv[2]).to_bytes(2, "big"))
    _, descriptors, _, _ = socket.recv_fds(desk, 1, 1)
poller = select.poll()
poller.register(descriptors[0], select.POLLOUT)  # connected, or failed
poller.poll()
socket.send_fds(socket.socket(fileno=1), [b"\0"], descriptors)
