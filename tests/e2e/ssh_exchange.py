# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The first steps of an SSH connection (RFC 4253, RFC 8731), as much as it takes to see a server's ephemeral key."""

import secrets


def text(data):
    return len(data).to_bytes(4, "big") + data


def packet(payload):
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return (1 + len(payload) + padding).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


def receive_exactly(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError("the SSH server went away")
        data += part
    return data


def receive(connection):
    """A packet's payload, before any encryption."""
    body = receive_exactly(connection, int.from_bytes(receive_exactly(connection, 4), "big"))
    return body[1:len(body) - body[0]]


def ephemeral_key_of_server(connection):
    """To be asked on a connection whose server has said all that it says unasked, and waits for our KEXINIT."""
    names = (b"curve25519-sha256", b"ssh-ed25519", *[b"chacha20-poly1305@openssh.com"] * 2, *[b"hmac-sha2-256"] * 2, *[b"none"] * 2, b"", b"")
    connection.sendall(packet(b"\x14" + secrets.token_bytes(16) + b"".join(map(text, names)) + bytes(5)))
    connection.sendall(packet(b"\x1e" + text(bytes([9]) + bytes(31))))  # our key: the curve's base point is as good as any
    reply = receive(connection)
    if reply[0] != 31:
        raise ValueError(f"no SSH_MSG_KEX_ECDH_REPLY but {reply[0]}")
    host_key_size = int.from_bytes(reply[1:5], "big")
    return reply[9 + host_key_size:][:32]
