# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Runs in a guest, in a project that files.py has made: python3 - ROUNDS PLACE [npm]

PLACE: where packages are unpacked and npm installs, relative to the project. Each operation is done in the project and in a copy of it on the guest's
own disk, in turn. Prints one line of JSON: {operation: {"project": [seconds, ...], "disk": [seconds, ...]}}.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

DISK = pathlib.Path("/var/tmp/bench-disk")
NPM_CACHE = pathlib.Path("/var/tmp/bench-npm-cache")


def run(directory, *words):
    subprocess.run(words, cwd=directory, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def empty(directory):
    directory.mkdir(parents=True, exist_ok=True)
    for entry in directory.iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def status(root, _place):
    run(root, "git", "status", "--porcelain")


def checkout(root, _place):
    head = (root / ".git/HEAD").read_text(encoding="utf-8").strip().rsplit("/", 1)[-1]
    run(root, "git", "checkout", "-q", "one" if head == "other" else "other")


def unpack(root, place):
    run(place, "tar", "-xf", root / "many.tar")


def npm_ci(_root, place):
    run(place.parent, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--offline", "--cache", NPM_CACHE)


def timed(operation, root, place):
    os.sync()
    began = time.monotonic()
    operation(root, place)
    return time.monotonic() - began


def main():
    rounds, name = int(sys.argv[1]), sys.argv[2]
    project = pathlib.Path.cwd()
    shutil.copytree(project, DISK, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("npm-cache"))
    roots = {"project": project, "disk": DISK}
    operations = {"git status": status, "git checkout": checkout, "unpacking a tar": unpack}
    if "npm" in sys.argv[3:]:
        shutil.copytree(project / "npm-cache", NPM_CACHE, dirs_exist_ok=True)
        operations["npm ci"] = npm_ci
    results = {}
    for title, operation in operations.items():
        samples = {which: [] for which in roots}
        unmeasured = 0 if operation is npm_ci else 1  # the first fills caches, on both sides; of npm's own there is one for all
        for number in range(-unmeasured, rounds):
            for which, root in roots.items():
                place = root / ("app/node_modules" if operation is npm_ci else name)
                if operation in (unpack, npm_ci):
                    empty(place)
                seconds = timed(operation, root, place)
                if number >= 0:
                    samples[which].append(seconds)
        results[title] = samples
    print(json.dumps(results), flush=True)


main()
