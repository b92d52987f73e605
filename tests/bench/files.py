# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What working in the project costs in each mode, against the guest's own disk."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

from figures import Row

GUEST = pathlib.Path(__file__).with_name("files_guest.py")
DIRECTORIES, SMALL = 100, 2000
# A little of everything that projects have: many small files, and packages that depend on others.
PACKAGES = {"lodash": "^4.17.21", "express": "^4.19.2"}
MODES = {"live": ["--workspace", "live"],
         "live, hot": ["--workspace", "live", "--hot", "unpacked,app/node_modules"],
         "overlay": ["--workspace", "overlay"],
         "copy": ["--workspace", "copy"]}
# What is on the guest's own disk shall be as fast as it: at least 0.9 of its speed.
AT_MOST = round(1 / 0.9, 2)
ON_THE_DISK = {"live": set(), "live, hot": {"unpacking a tar", "npm ci"}, "overlay": {"git checkout", "unpacking a tar", "npm ci", "git status"},
               "copy": {"git checkout", "unpacking a tar", "npm ci", "git status"}}


def git(directory, *words):
    subprocess.run(["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", "-C", directory, *words], check=True)


def make_project(directory, files):
    """A repository with two branches that differ in a quarter of its files, a tar of many small files, and a package."""
    git(directory, "init", "-q", "-b", "one")
    for number in range(files):
        path = directory / f"d{number % DIRECTORIES}" / f"f{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{number}\n" * 100, encoding="utf-8")
    (directory / ".gitignore").write_text("/unpacked\n/app\n/npm-cache\n/many.tar\n", encoding="utf-8")
    git(directory, "add", ".")
    git(directory, "commit", "-q", "-m", "one")
    git(directory, "checkout", "-q", "-b", "other")
    for number in range(0, files, 4):
        (directory / f"d{number % DIRECTORIES}" / f"f{number}").write_text(f"other {number}\n" * 90, encoding="utf-8")
    git(directory, "commit", "-q", "-am", "other")
    with tempfile.TemporaryDirectory() as name:
        for number in range(SMALL):
            path = pathlib.Path(name) / f"p{number % 50}" / f"{number}.js"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"module.exports = {number};\n" * 20, encoding="utf-8")
        with tarfile.open(directory / "many.tar", "w") as tar:
            tar.add(name, arcname=".")
    (directory / "app").mkdir()
    (directory / "app/package.json").write_text(json.dumps({"name": "bench", "version": "1.0.0", "dependencies": PACKAGES}), encoding="utf-8")


def fetch_packages(directory):
    """By the host's own npm, for the guest, which then needs no network: installing is measured, not fetching. Whether a registry could be asked."""
    if not shutil.which("npm"):
        return False
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--omit-lockfile-registry-resolved=false", "--cache", directory / "npm-cache"]
    for command in (["install", "--package-lock-only"], ["ci"]):
        done = subprocess.run(["npm", *command, *options], cwd=directory / "app", check=False, capture_output=True, timeout=300)
        if done.returncode != 0:
            return False
    shutil.rmtree(directory / "app/node_modules")
    return True


def measure(runner):
    rows, notes = [], []
    with tempfile.TemporaryDirectory(prefix="agentbox-files-", dir="/var/tmp") as name:
        project = pathlib.Path(name)
        make_project(project, runner.options.files)
        npm = ["npm"] if fetch_packages(project) else []
        if not npm:
            notes.append("files: no npm, or no registry to be reached: npm ci is left out")
        for mode, options in MODES.items():
            command = [runner.options.agentbox, "run", "--base", runner.options.base, *options, project, "--", "python3", "-",
                       str(runner.options.file_rounds), "unpacked", *npm]
            with open(GUEST, "rb") as script:
                done = subprocess.run(command, stdin=script, capture_output=True, check=False, env=os.environ)
            if done.returncode != 0:
                sys.exit(f"bench: {mode}: {done.stderr.decode(errors='replace')[-2000:]}")
            rows += [Row(f"{operation}, {mode}", "s", samples["project"], "the guest's own disk", samples["disk"],
                         at_most=AT_MOST if operation in ON_THE_DISK[mode] else None)
                     for operation, samples in json.loads(done.stdout).items()]
            git(project, "checkout", "-q", "-f", "other")
    return rows, notes
