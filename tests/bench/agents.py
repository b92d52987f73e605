# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Time to an agent's first screen: by agentbox from nothing, and started in an SSH session of such a VM that is open already.

Both are the first start of the agent in a fork of the same template: a second start would find its files read and, under emulation, its code translated.
"""

import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import time

from figures import Row
from running import state_of
from terminal import in_terminal, openssh

# What is on the screen when it waits for input, and the key it wants to see.
AGENTS = {"claude": (r"bypass permissions", "ANTHROPIC_API_KEY", "sk-ant-of-a-benchmark-0123456789"),
          "codex": (r"›", "OPENAI_API_KEY", "sk-of-a-benchmark-0123456789"),
          "gemini": (r"Type your message", "GEMINI_API_KEY", "of-a-benchmark-0123456789")}
LIMIT = 300
PATH = "/usr/local/bin:/usr/bin:/bin"


def first_screens(runner):
    rows, notes = [], []
    built = {base for base in runner.answer("base", "ls", "-q").split()
             if runner.answer("base", "show", "--json", base).find('"state": "not built"') < 0}
    for agent, (prompt, key, value) in AGENTS.items():
        base = runner.options.agents_base or f"dev+{agent}"
        if base not in built and not runner.options.build_agents:
            notes.append(f"first screen of {agent}: {base} is not built (agentbox base build dev --agents {agent}, or --build-agents)")
            continue
        if base not in built:
            subprocess.run([runner.options.agentbox, "base", "build", "dev", "--agents", agent], check=True, stdin=subprocess.DEVNULL)
        environment = {**os.environ, key: value, "TERM": "xterm-256color"}
        command = [runner.options.agentbox, "--base", base, agent, runner.project]
        ours, theirs = [], []
        time_to(command, prompt, environment)  # the template may have to be made
        for _ in range(runner.options.agent_runs):
            ours.append(time_to(command, prompt, environment))
            theirs.append(in_open_session(runner, command, agent, prompt, environment))
        rows.append(Row(f"first screen of {agent}", "s", ours, "started in an open SSH session", theirs, at_most=1.1))
    return rows, notes


def plain(data):
    """A screen's text, near enough: without control sequences."""
    return re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78]|\][^\x07\x1b]*(\x07|\x1b\\))", "", data.decode(errors="replace"))


def time_to(command, prompt, environment):
    began = time.monotonic()
    with in_terminal(command, environment) as terminal:
        seconds = await_prompt(terminal, prompt, began)
        terminal.write(b"\r~.")  # agentbox leaves at once
        while terminal.read():
            pass
    return seconds


# What terminals are asked for, and what one says: the cursor's place, its kind, its keyboard's protocol, its colours. Agents wait for that.
ANSWERS = ((rb"\x1b\[6n", b"\x1b[1;1R"), (rb"\x1b\[0?c", b"\x1b[?62c"), (rb"\x1b\[\?u", b"\x1b[?0u"),
           (rb"\x1b\]10;\?(?:\x07|\x1b\\)", b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\"), (rb"\x1b\]11;\?(?:\x07|\x1b\\)", b"\x1b]11;rgb:0000/0000/0000\x1b\\"))
QUESTION = re.compile(b"|".join(b"(%b)" % pattern for pattern, _ in ANSWERS))


def await_prompt(terminal, prompt, began):
    seen, answered = b"", 0
    while not re.search(prompt, plain(seen)):
        data = terminal.read()
        if not data or time.monotonic() - began > LIMIT:
            raise SystemExit(f"bench: no prompt {prompt!r} came: {plain(seen)[-2000:]}")
        seen += data
        for question in QUESTION.finditer(seen, answered):
            terminal.write(ANSWERS[question.lastindex - 1][1])
            answered = question.end()
    return time.monotonic() - began


# Stands before the agent in a session's PATH: a session in which all is ready for the agent, and which has not run it.
FIRST_IN_PATH = "/home/agent/.local/bin"
HELD = "#!/bin/sh\necho held\nread line\n"


def hold(directory, agent):
    held = pathlib.Path(directory) / "held"
    held.mkdir()
    (held / agent).write_text(HELD, encoding="utf-8")
    (held / agent).chmod(0o755)
    return held


def start_of_what_waits(ssh, user, agent):
    """For a shell: the environment, directory and words of the held process, and the agent in its place. Asked before the time counts."""
    look = f"cd /proc/$(pgrep -o -u {user}) && readlink cwd && cat environ && printf '\\0' && cat cmdline"
    directory, rest = subprocess.run([*ssh, look], check=True, capture_output=True, text=True).stdout.split("\n", 1)
    environ, words = rest.split("\0\0", 1)
    variables = [variable for variable in environ.split("\0") if not variable.startswith("PATH=")]
    arguments = words.split("\0")[2:-1]  # after the interpreter and the script
    return f"cd {shlex.quote(directory)} && exec " + shlex.join(
        ["env", "-i", *variables, f"PATH={PATH}", "setpriv", "--reuid", user, "--regid", user, "--init-groups", agent, *arguments])


def in_open_session(runner, command, agent, prompt, environment):
    """The very command of a session of this agent, started by OpenSSH's client in such a session's VM; the connection is open before."""
    known = set(runner.session_ids())
    with tempfile.TemporaryDirectory() as scratch, in_terminal(
            [*command[:1], "--mount", f"{hold(scratch, agent)}:{FIRST_IN_PATH}:ro", *command[1:]], environment) as session:
        session.read_until(b"held", LIMIT)
        name = (set(runner.session_ids()) - known).pop()
        state = state_of(runner.directory_of(name))
        ssh = openssh(state, pathlib.Path(scratch))
        master = ["-o", f"ControlPath={scratch}/control"]
        with subprocess.Popen([*ssh[:1], "-MN", *master, *ssh[1:]], stdin=subprocess.DEVNULL) as connection:
            while not (pathlib.Path(scratch) / "control").exists():
                time.sleep(0.05)
            script = start_of_what_waits([*ssh[:1], *master, "root@guest"], state["guest_user"], agent)
            began = time.monotonic()
            with in_terminal([*ssh[:1], "-tt", *master, "root@guest", script], environment) as terminal:
                seconds = await_prompt(terminal, prompt, began)
                terminal.write(b"\r~.")
                while terminal.read():
                    pass
            connection.terminate()
        session.write(b"\n")
        while session.read():
            pass
    return seconds
