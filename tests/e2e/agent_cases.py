# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What every real agent must do, in real VMs, against a fake model service on this machine's loopback.

The model asks for one tool call that writes a file in the project. So a test passes only if the agent was installed, started
without a question, got its key and its service's address, ran a tool without asking for permission, and the file came out.
The agents are whatever version the package registry has today: when one of these tests fails while nothing here has changed,
look for a new first-run dialog (the screen is in the report), and answer it in agents/NAME.yaml.
"""

import base64
import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import tempfile

from authority import Authority
from fake_model import CLOSING, FakeModel
from harness import AGENTBOX, HOME, TestCase, agentbox, environment, eventually, sessions_on_disk
from terminal import Tmux

KEY = "sk-e2e-0123456789-abcdefghijklmnopqrstuvwxyz"
CONTENT = "hello from the fake model\n"
# A red square of 32 by 32.
IMAGE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAJ0lEQVR42u3NsQkAAAjAsP7/tF7hIASyp6lTCQQCgUAgEAgEgi/BAjLD/C5w/SM9AAAAAElFTkSuQmCC")
AGENT_LIMIT = 600  # node under emulation, on a loaded machine


@dataclasses.dataclass(frozen=True)
class Agent:
    name: str
    prompt: str         # on the screen when it waits for input
    dialogs: str        # on the screen when it asks something first
    permission: str     # on the screen when it asks whether it may run a command
    leave: tuple        # what is typed to quit
    key: str = "ANTHROPIC_API_KEY"
    base_url: str = "ANTHROPIC_BASE_URL"
    url_path: str = ""
    resume: tuple = ()  # before the task, to go on with the last conversation; none: it can only do that on a terminal
    # On the screen when an image was pasted: claude leaves its path where it takes more than a second to look at the file.
    pasted: str = r"\[Image #1\]|/tmp/pasted-\w+\.png"


AGENTS = {agent.name: agent for agent in (
    Agent("claude", r"bypass permissions on|manual mode on",
          r"(?i:do you trust|Yes, I accept|choose the text style|use this API key|select login)", r"Do you want to proceed",
          ("/exit",), resume=("--continue",)),
    Agent("codex", r"^› ", r"(?i:do you trust|sign in with|update available)", r"Would you like to run the following command",
          ("/quit",), "OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1", ("exec", "--skip-git-repo-check", "resume", "--last")),
    Agent("gemini", r"Type your message", r"(?i:do you trust|how would you like to authenticate|select theme)",
          r"Allow execution of", ("/quit",), "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL", resume=("--resume", "latest", "-p")),
    Agent("copilot", r"^❯", r"(?i:do you trust|confirm folder trust|log in|/login)", r"Do you want to run this command",
          ("/exit",), resume=("--continue", "-p")),
    Agent("opencode", r"Ask anything", r"(?i:select provider|connect a provider)", r"Permission required", ("/exit",),
          resume=("run", "--continue")),
    Agent("cline", r"What can I do for you", r"(?i:select a provider|sign in|api key)", r"Approve tool call", ("/quit",)),
    Agent("cn", r"Ask anything", r"(?i:enter your Anthropic API key|how do you want to get started)", r"Would you like to continue",
          ("/exit",), resume=("--resume", "-p")),
    Agent("qwen", r"Type your message", r"(?i:do you trust|how would you like to authenticate|select theme|get started)",
          r"Allow execution of", ("/quit",), "OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1", ("--continue", "-p")),
)}


@functools.cache
def profile(name):
    return json.loads(agentbox("agents", "show", name, "--json").text)


class AgentCase(TestCase):
    base = "agents"

    def service(self, project, file="hello.txt", **how):
        """The model: it wants this file of the project to be written."""
        model = FakeModel(path=project / file, content=CONTENT, **how)
        model.__enter__()  # pylint: disable=unnecessary-dunder-call
        self.addCleanup(model.__exit__)
        return model

    def agent_environment(self, agent, model, authority=None):
        url = f"http://127.0.0.1:{model.port}" if authority is None else f"https://localhost:{model.port}"
        changes = {agent.key: KEY, agent.base_url: url + agent.url_path, "AN_UNRELATED_SECRET": "hidden"}
        if authority is not None:
            changes["SSL_CERT_FILE"] = str(authority.certificate)
        return environment(**changes)

    def assert_asked(self, model, report):
        self.assertTrue(any(request.get("called") for request in model.requests), f"{report}\n{model.requests}")
        self.assertTrue(any(request.get("answered") for request in model.requests), f"the tool's result never came back\n{report}")
        self.assertEqual({credential.removeprefix("Bearer ") for credential in model.credentials()}, {KEY})

    def assert_written(self, project, model, report, file="hello.txt"):
        written = project / file
        self.assertTrue(written.is_file(), f"no file was written\n{report}\nrequests: {model.requests}")
        self.assertEqual(written.read_text(encoding="utf-8").rstrip("\n"), CONTENT.rstrip("\n"))
        self.assertEqual((written.stat().st_uid, written.stat().st_gid), (os.getuid(), os.getgid()))
        self.assert_asked(model, report)

    def run_task(self, agent, project, task, model, *options, arguments=None, authority=None):
        """One task without a terminal, as the profile says that it is done."""
        if arguments is None:
            arguments = [task if word == "{prompt}" else word for word in profile(agent.name)["headless"]]
        result = self.ok("--base", self.base, *options, agent.name, project, *arguments,
                         env=self.agent_environment(agent, model, authority), limit=AGENT_LIMIT)
        self.assert_says(result.text, CLOSING)
        return result

    def check_headless(self, name, *second):
        """A task in the project, with a service by TLS whose authority is known by SSL_CERT_FILE alone; and, in a second VM with these
        options, another task that goes on with its conversation, on a layer."""
        agent = AGENTS[name]
        project = self.project()
        authority = Authority()
        self.addCleanup(authority.close)
        model = self.service(project, authority=authority)
        result = self.run_task(agent, project, "write hello.txt for zanzibar", model, authority=authority)
        self.assert_written(project, model, result.describe())

        again = self.service(project, "second.txt")
        task = "now write second.txt"
        result = self.run_task(agent, project, task, again, "--workspace", "overlay", *second,
                               arguments=[*agent.resume, task] if agent.resume else None)
        self.assert_asked(again, result.describe())
        self.assertFalse((project / "second.txt").exists(), "the project of an overlay was written to")
        remembered = any(b"zanzibar" in body for body in again.bodies)
        self.assertEqual(remembered, bool(agent.resume), "the first VM's conversation")
        self.ok("apply", cwd=project)
        self.assert_written(project, again, result.describe(), "second.txt")

    @staticmethod
    def send(tmux, expected):
        """Presses Enter as a person does: again, where nothing happens. Gemini takes one for part of a paste that it reads within
        30 ms of another key, and on a slow machine it reads keys in lumps."""
        for limit in (60, 60, AGENT_LIMIT):
            tmux.keys("Enter")
            with contextlib.suppress(AssertionError) if limit != AGENT_LIMIT else contextlib.nullcontext():
                return tmux.wait_for(expected, limit)

    def terminal(self, agent, project, model, *options, desktop=None):
        env = {**self.agent_environment(agent, model), **(desktop or {})}
        return Tmux(AGENTBOX, "--base", self.base, *options, agent.name, project, env=env)

    def give_task(self, agent, tmux, expected):
        """Types a task at its prompt, where nothing else may have been asked; returns the screen that was expected."""
        screen = tmux.wait_for(f"{agent.prompt}|{agent.dialogs}", AGENT_LIMIT)
        self.assertNotRegex(screen, agent.dialogs)
        tmux.type("write hello.txt")
        tmux.wait_for("write hello.txt", AGENT_LIMIT)
        return self.send(tmux, f"{expected}|{agent.dialogs}")

    def desktop(self):
        """A Wayland session whose clipboard holds an image: what is to be in the environment."""
        directory = pathlib.Path(tempfile.mkdtemp(dir=HOME))
        (directory / "image.png").write_bytes(IMAGE)
        (directory / "wl-paste").write_text(f"""#!/bin/sh
            case "$*" in *--list-types*) echo image/png ;; *) cat {directory}/image.png ;; esac
        """, encoding="utf-8")
        (directory / "wl-paste").chmod(0o755)
        return {"WAYLAND_DISPLAY": "wayland-0", "PATH": f"{directory}:{os.environ['PATH']}"}

    def check_interactive(self, name, image=False):
        """It runs a command, and asks nobody. image: with one that is pasted before."""
        agent = AGENTS[name]
        project = self.project()
        model = self.service(project, prefer="run")
        desktop = self.desktop() if image else {}
        with self.terminal(agent, project, model, desktop=desktop) as tmux:
            if image:
                tmux.wait_for(f"{agent.prompt}|{agent.dialogs}", AGENT_LIMIT)
                tmux.keys("C-v")
                tmux.wait_for(agent.pasted, AGENT_LIMIT)
            screen = self.give_task(agent, tmux, f"{CLOSING}|{agent.permission}")
            self.assertNotRegex(screen, f"{agent.dialogs}|{agent.permission}")
            self.assert_written(project, model, screen)
            if image:
                sent = b"".join(model.bodies)
                self.assertTrue(base64.b64encode(IMAGE)[:40] in sent or b"/tmp/pasted-" in sent, f"the model never heard of the image\n{screen}")
            tmux.resize(70, 25)
            tmux.wait_until(lambda screen: max(map(len, screen.split("\n"))) <= 70 and CLOSING in screen, "fits into 70 columns")
            for words in agent.leave:
                tmux.type(words)
                tmux.wait_for(words, AGENT_LIMIT)
                tmux.keys("Enter")
            self.assertEqual(tmux.wait(AGENT_LIMIT), 0, tmux.screen())
        return project

    def check_picker(self, name, project, *arguments):
        """Its conversation of the last VM in this project is among those that it offers in a new one."""
        agent = AGENTS[name]
        with Tmux(AGENTBOX, "--base", self.base, name, project, *arguments, env=self.agent_environment(agent, self.service(project))) as tmux:
            screen = tmux.wait_for(f"write hello.txt|{agent.dialogs}", AGENT_LIMIT)
            self.assertNotRegex(screen, agent.dialogs)
            self.assertRegex(screen, r"(?i:resume)")
        eventually(lambda: not sessions_on_disk(), "the session has ended with its terminal")

    def check_login(self, name, *steps):
        """Without a key it starts, and asks to be logged in to. steps: what is seen, and what is typed then."""
        project = self.project()
        with Tmux(AGENTBOX, "--base", self.base, name, project, env=environment(), columns=160) as tmux:
            for expected, words in zip(steps[::2], [*steps[1::2], None]):
                tmux.wait_for(expected, AGENT_LIMIT)
                if words is not None:
                    tmux.type(words)
                    tmux.keys("Enter")
        eventually(lambda: not sessions_on_disk(), "the session has ended with its terminal")

    def check_ask(self, name):
        """With --ask it does not run the same command before it was allowed to."""
        agent = AGENTS[name]
        project = self.project()
        model = self.service(project, prefer="run", escalate=True)
        with self.terminal(agent, project, model, "--ask") as tmux:
            screen = self.give_task(agent, tmux, f"{CLOSING}|{agent.permission}")
            self.assertRegex(screen, agent.permission)
            self.assertFalse((project / "hello.txt").exists(), "the command ran already")
            tmux.keys("Enter")  # the first answer allows it, with all of them
            tmux.wait_for(CLOSING, AGENT_LIMIT)
            self.assert_written(project, model, screen)
        eventually(lambda: not sessions_on_disk(), "the session has ended with its terminal")
