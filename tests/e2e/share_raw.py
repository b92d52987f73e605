# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Asks a share's file server what no Linux kernel asks: python3 share_raw.py TAG, as root of a guest in which nobody uses the share.

Takes the virtio device from its driver and speaks 9P2000.L to it: names with "..", slashes and NUL, of no and of 64 KiB. Prints what
got through that must not, and at last what the server says of in.txt, to show that it was the server who refused.
"""

import ctypes
import mmap
import os
import pathlib
import struct
import sys
import time

RLERROR, NO_FID, PAGE, RING = 7, 0xFFFFFFFF, 4096, 64
REQUEST_PAGES, REPLY_PAGES = 36, 20
O_RDONLY, O_CREAT_RDWR = 0, 0o102
COMMON, NOTIFY = 1, 2


def field(memory, offset, kind):
    return kind.from_buffer(memory, offset)


class Device:
    """A modern virtio-pci device with one queue, polled (virtio 1.0, sections 2.4 and 4.1)."""

    def __init__(self, tag):
        virtio = next(one for one in pathlib.Path("/sys/bus/virtio/devices").iterdir()
                      if (one / "mount_tag").exists() and (one / "mount_tag").read_bytes().rstrip(b"\0\n") == tag.encode())
        self.pci = virtio.resolve().parent
        (self.pci / "driver/unbind").write_text(self.pci.name, encoding="ascii")
        with open(self.pci / "config", "r+b", buffering=0) as config:
            space = config.read(256)
            config.seek(4)
            config.write(struct.pack("<H", struct.unpack_from("<H", space, 4)[0] | 6))  # memory, bus master
        self.places, self.bars = {}, {}
        at = space[0x34]
        while at:
            if space[at] == 9 and space[at + 3] in (COMMON, NOTIFY):
                offset, = struct.unpack_from("<I", space, at + 8)
                self.places[space[at + 3]] = (self.bar(space[at + 4]), offset)
                if space[at + 3] == NOTIFY:
                    self.notify_multiplier, = struct.unpack_from("<I", space, at + 16)
            at = space[at + 1]
        self.memory = mmap.mmap(-1, (1 + REQUEST_PAGES + REPLY_PAGES) * PAGE)
        base = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        if ctypes.CDLL(None, use_errno=True).mlock(ctypes.c_void_p(base), ctypes.c_size_t(len(self.memory))) != 0:
            raise OSError(ctypes.get_errno(), "mlock")
        with open("/proc/self/pagemap", "rb") as pagemap:
            pagemap.seek(base // PAGE * 8)
            entries = struct.unpack(f"<{len(self.memory) // PAGE}Q", pagemap.read(len(self.memory) // PAGE * 8))
        self.physical = [(entry & (1 << 55) - 1) * PAGE for entry in entries]
        self.used = 0
        self.start()

    def bar(self, number):
        if number not in self.bars:
            file = os.open(self.pci / f"resource{number}", os.O_RDWR)
            self.bars[number] = mmap.mmap(file, 0)
        return self.bars[number]

    def common(self, offset, kind):
        memory, start = self.places[COMMON]
        return field(memory, start + offset, kind)

    def start(self):
        status = self.common(20, ctypes.c_uint8)
        status.value = 0
        status.value = 1 | 2
        self.common(8, ctypes.c_uint32).value = 1
        self.common(12, ctypes.c_uint32).value = 1  # VIRTIO_F_VERSION_1, and no other feature
        status.value |= 8
        self.common(22, ctypes.c_uint16).value = 0
        self.common(24, ctypes.c_uint16).value = RING
        for offset, place in ((32, 0), (40, 1024), (48, 2048)):  # descriptors, available, used
            for half in (0, 1):
                self.common(offset + 4 * half, ctypes.c_uint32).value = (self.physical[0] + place) >> (32 * half) & 0xFFFFFFFF
        self.common(28, ctypes.c_uint16).value = 1
        status.value |= 4

    def ask(self, request):
        pages = -(-len(request) // PAGE)
        self.memory[PAGE:PAGE + len(request)] = request
        chain = [(1 + number, min(PAGE, len(request) - number * PAGE), 0) for number in range(pages)]
        chain += [(1 + REQUEST_PAGES + number, PAGE, 2) for number in range(REPLY_PAGES)]
        for number, (page, size, flags) in enumerate(chain):
            last = number == len(chain) - 1
            struct.pack_into("<QIHH", self.memory, 16 * number, self.physical[page], size, flags | (0 if last else 1), 0 if last else number + 1)
        index = field(self.memory, 1024 + 2, ctypes.c_uint16)
        struct.pack_into("<H", self.memory, 1024 + 4 + 2 * (index.value % RING), 0)
        index.value += 1
        memory, start = self.places[NOTIFY]
        field(memory, start + self.notify_multiplier * self.common(30, ctypes.c_uint16).value, ctypes.c_uint16).value = 0
        self.used = (self.used + 1) % 65536
        deadline = time.monotonic() + 60
        while field(self.memory, 2048 + 2, ctypes.c_uint16).value != self.used:
            if time.monotonic() > deadline:
                raise TimeoutError("the server does not answer")
            time.sleep(0.001)
        start = (1 + REQUEST_PAGES) * PAGE
        size, = struct.unpack_from("<I", self.memory, start)
        return bytes(self.memory[start:start + size])


def text(value):
    return struct.pack("<H", len(value)) + value


class Server:
    def __init__(self, tag):
        self.device = Device(tag)
        self.call(100, struct.pack("<I", REPLY_PAGES * PAGE * 2) + text(b"9P2000.L"))
        self.root = self.call(104, struct.pack("<II", 0, NO_FID) + text(b"root") + text(b"") + struct.pack("<I", 0))[:13]

    def call(self, kind, body):
        """The answer's body; None for an error."""
        answer = self.device.ask(struct.pack("<IBH", 7 + len(body), kind, 0) + body)
        return None if answer[4] == RLERROR else answer[7:]

    def walk(self, new, *names):
        """The last qid; None when not all of it was walked."""
        answer = self.call(110, struct.pack("<IIH", 0, new, len(names)) + b"".join(text(name) for name in names))
        if answer is None or struct.unpack_from("<H", answer)[0] != len(names):
            return None
        return answer[2 + 13 * (len(names) - 1):][:13] if names else self.root

    def clunk(self, fid):
        self.call(120, struct.pack("<I", fid))

    def read(self, fid):
        if self.call(12, struct.pack("<II", fid, O_RDONLY)) is None:
            return None
        answer = self.call(116, struct.pack("<IQI", fid, 0, 100))
        return None if answer is None else answer[4:]


LONG = b"n" * 65535
NAMES = (b"..", b"../evil", b"d/../../evil", b"/evil", b"", b".", LONG, b"../" * 1000 + b"evil")


def main():
    server = Server(sys.argv[1])

    def walks(what, *names):
        found = server.walk(1, *names)
        if found is not None and found != server.root:
            print("walked", what, repr(server.read(1)), flush=True)
        server.clunk(1)

    for names in ((b"..",), (b"..", b"victim"), (b"d", b"..", b"..", b"victim"), (b"../victim",), (b"/etc/passwd",), (b"d/../../victim",),
                  (b"in.txt\0/../../victim", b".."), (LONG,), (b"out", b"victim"), (b"..",) * 16):
        walks(b"/".join(names)[:60], *names)
    for hidden in (b".env", b"out"):  # they may be there, and say nothing
        if server.walk(1, hidden) is not None and server.read(1):
            print("read", hidden, flush=True)
        server.clunk(1)

    def attempts(name, victim):
        """What makes, moves or removes something by a name: what the server let through."""
        through = []
        for what, kind, body in (("mkdir", 72, struct.pack("<I", 0) + text(name) + struct.pack("<II", 0o777, 0)),
                                 ("rmdir", 76, struct.pack("<I", 0) + text(name) + struct.pack("<I", 0x200)),
                                 ("symlink", 16, struct.pack("<I", 0) + text(name) + text(b"/etc") + struct.pack("<I", 0)),
                                 ("unlink", 76, struct.pack("<I", 0) + text(victim) + struct.pack("<I", 0))):
            if server.call(kind, body) is not None:
                through.append(what)
        server.walk(1)
        if server.call(14, struct.pack("<I", 1) + text(name) + struct.pack("<III", O_CREAT_RDWR, 0o644, 0)) is not None:
            through.append("create")
            server.call(76, struct.pack("<I", 0) + text(name) + struct.pack("<I", 0))
        server.clunk(1)
        server.walk(1, b"in.txt")
        for what, kind, body in (("link", 70, struct.pack("<II", 0, 1) + text(name)),
                                 ("unlink", 76, struct.pack("<I", 0) + text(victim) + struct.pack("<I", 0)),
                                 ("renameat", 74, struct.pack("<I", 0) + text(b"in.txt") + struct.pack("<I", 0) + text(name)),
                                 ("renameat back", 74, struct.pack("<I", 0) + text(name) + struct.pack("<I", 0) + text(b"in.txt"))):
            if server.call(kind, body) is not None:
                through.append(what)
        server.clunk(1)
        return through

    for name in NAMES:
        if through := attempts(name, name.replace(b"evil", b"victim")):
            print(name[:30], through, flush=True)
    # The same requests with a name that is none of these: it was the names that were refused.
    print(" ".join(attempts(b"name", b"name")), flush=True)
    server.walk(1, b"in.txt")
    print((server.read(1) or b"no answer").decode().strip(), flush=True)


main()
