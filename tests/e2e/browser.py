# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""A page as a browser shows it: headless Chromium, and its screenshots as pixels."""

import pathlib
import shutil
import struct
import subprocess
import tempfile
import zlib

CHROMIUM = shutil.which("chromium-headless-shell")


class Picture:
    """A PNG of 8 bits a channel, as Chromium writes it; pixels are (red, green, blue)."""

    def __init__(self, data):
        chunks, at = {}, 8
        while at < len(data):
            length, kind = struct.unpack(">I4s", data[at:at + 8])
            chunks[kind] = chunks.get(kind, b"") + data[at + 8:at + 8 + length]
            at += 12 + length
        self.width, self.height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
        assert (depth, interlaced) == (8, 0) and color in (2, 6), (depth, color, interlaced)
        self._channels = 3 if color == 2 else 4
        self._rows = self._unfiltered(zlib.decompress(chunks[b"IDAT"]))

    def _unfiltered(self, raw):
        size, step = self.width * self._channels, self._channels
        rows, above = [], bytearray(size)
        for start in range(0, len(raw), size + 1):
            kind, row = raw[start], bytearray(raw[start + 1:start + 1 + size])
            for i in range(size if kind else 0):
                left, up, corner = (row[i - step], above[i], above[i - step]) if i >= step else (0, above[i], 0)
                if kind == 4:  # Paeth: of these three, the one that is nearest to left + up - corner
                    nearest = min((abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner))[2]
                row[i] = (row[i] + (left, up, (left + up) // 2, nearest if kind == 4 else 0)[kind - 1]) & 255
            rows.append(row)
            above = row
        return rows

    def pixels(self, columns=None):
        step = self._channels
        for row in self._rows:
            for x in columns or range(self.width):
                yield tuple(row[x * step:x * step + 3])


def screenshot(page, width=800, height=1200):
    """page: HTML. In Chromium's own sandbox, without a profile of anybody's."""
    with tempfile.TemporaryDirectory() as place:
        file, picture = pathlib.Path(place, "page.html"), pathlib.Path(place, "page.png")
        file.write_text(page, encoding="utf-8")
        subprocess.run([CHROMIUM, "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={place}/profile",
                        f"--window-size={width},{height}", f"--screenshot={picture}", file.as_uri()],
                       check=True, capture_output=True, timeout=120)
        return Picture(picture.read_bytes())
