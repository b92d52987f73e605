# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What was measured: rows, each beside the alternative that was measured in the same run, and the machine it was measured on."""

import dataclasses
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import time


@dataclasses.dataclass
class Row:
    what: str
    unit: str                          # "s", "ms", "MiB", "MiB/s"
    ours: list                         # samples
    alternative: str = ""              # what theirs is of; empty: there is none, only a limit
    theirs: list = dataclasses.field(default_factory=list)
    # "at most 1.15 times", "at least 30 times": of ours / theirs, or of theirs / ours where ours should be the smaller by far.
    at_most: float = None              # ours / theirs
    faster_by: float = None            # theirs / ours
    at_least: float = None             # ours / theirs, where more is better
    limit: float = None                # of ours alone, in its unit
    note: str = ""

    @property
    def ratio(self):
        if not self.theirs:
            return None
        ours, theirs = statistics.median(self.ours), statistics.median(self.theirs)
        return theirs / ours if self.faster_by else ours / theirs

    @property
    def target(self):
        texts = []
        if self.faster_by:
            texts.append(f"at least {self.faster_by:g} times faster")
        if self.at_most:
            texts.append(f"at most {self.at_most:g} times")
        if self.at_least:
            texts.append(f"at least {self.at_least:g} times")
        if self.limit is not None:
            texts.append(f"at most {self.limit:g} {self.unit}")
        return ", ".join(texts)

    @property
    def met(self):
        """None: there is no target."""
        verdicts = []
        if self.ratio is not None:
            verdicts += [self.ratio >= self.faster_by] if self.faster_by else []
            verdicts += [self.ratio <= self.at_most] if self.at_most else []
            verdicts += [self.ratio >= self.at_least] if self.at_least else []
        if self.limit is not None:
            verdicts.append(statistics.median(self.ours) <= self.limit)
        return all(verdicts) if verdicts else None

    def cells(self):
        return [self.what, spread(self.ours, self.unit), f"{self.alternative}: {spread(self.theirs, self.unit)}" if self.theirs else "",
                f"{self.ratio:.2f}" if self.theirs else "", self.target, {True: "yes", False: "**no**", None: ""}[self.met]]

    def to_json(self):
        return {**dataclasses.asdict(self), "ratio": self.ratio, "target": self.target, "met": self.met}


def percentile95(samples):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]


def spread(samples, unit):
    if not samples:
        return ""
    text = f"{statistics.median(samples):.3g}"
    if len(samples) > 1:
        text += f" ({percentile95(samples):.3g})"
    return f"{text} {unit}"


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")[0].strip()
    except FileNotFoundError:
        return "not installed"


def machine(options):
    cpu = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(encoding="utf-8")).group(1))
    root = pathlib.Path(__file__).resolve().parents[2]
    doctor = subprocess.run([options.agentbox, "doctor", "--json"], capture_output=True, text=True, check=False).stdout
    findings = {finding["subject"]: finding["message"].split("\n")[0] for finding in reversed(json.loads(doctor or "[]"))}
    return {"when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "processor": f"{len(os.sched_getaffinity(0))} of {cpu.group(1) if cpu else '?'}",
            "memory": f"{memory / 1048576:.0f} GiB", "kernel": platform.release(),
            "accelerator": findings.get("accelerator", "?").split(":")[0], "QEMU": findings.get("QEMU", "?").split(" at ")[0],
            "confinement": findings.get("confinement", "?").split(" works")[0],
            "OpenSSH": first_line("sh", "-c", "ssh -V 2>&1").split(",")[0],
            "agentbox": f"{first_line(options.agentbox, '--version')} {first_line('git', '-C', str(root), 'describe', '--always', '--dirty')}",
            "load at the start": f"{os.getloadavg()[0]:.2f}"}


def table(rows):
    lines = ["| what | agentbox: median (p95) | alternative, same run | ratio | target | met |", "|---|---|---|---|---|---|"]
    return lines + ["| " + " | ".join(row.cells()) + " |" for row in rows]


def report(about, rows, notes):
    text = ["# Benchmarks", "",
            "Written by `scripts/bench`; each ratio is of two things measured in turn, in one run, on one machine. Figures of different machines or",
            "hours do not compare; ratios nearly do. Sessions run as they do by default: confined, on the wire, brokered.", ""]
    text += [f"* {name}: {value}" for name, value in about.items()]
    text += ["", *table(rows), ""]
    text += [f"* {row.what}: {row.note}" for row in rows if row.note]
    text += [f"* {note}" for note in notes]
    return "\n".join(text).rstrip() + "\n"


def comparison(rows, earlier):
    """Lines that say how ratios (or, without an alternative, medians) have changed since an earlier run's JSON."""
    before = {row["what"]: row for row in earlier["rows"]}
    lines = []
    for row in rows:
        if (old := before.get(row.what)) and row.ours:
            now, then = (row.ratio, old["ratio"]) if row.theirs and old["ratio"] else (statistics.median(row.ours), statistics.median(old["ours"]))
            lines.append(f"{row.what:60} {then:8.3g} -> {now:8.3g}  ({(now / then - 1) * 100:+.0f} %)")
    return lines


def updated(text, parts, about, rows, notes):
    """An earlier report with what only some parts have measured since: rows in the place of those of their names, or after all others."""
    lines = text.rstrip().split("\n")
    table_lines = [line for line in lines if line.startswith("|")]
    first = lines.index(table_lines[0])
    new = {line.split(" | ")[0]: line for line in table(rows)[2:]}
    kept = [new.pop(line.split(" | ")[0], line) for line in table_lines]
    measured = f"* {', '.join(parts)}: measured by {about['agentbox']}, {about['when']}, load at the start {about['load at the start']}"
    remarks = [f"* {row.what}: {row.note}" for row in rows if row.note] + [f"* {note}" for note in notes] + [measured]
    beginnings = tuple(f"* {name}: " for name in [row.what for row in rows] + [", ".join(parts)])
    after = [line for line in lines[first + len(table_lines):] if not line.startswith(beginnings) and line not in remarks]
    return "\n".join(lines[:first] + kept + list(new.values()) + (after or [""]) + remarks) + "\n"
