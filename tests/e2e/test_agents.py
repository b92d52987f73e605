# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The real agents in real VMs, against a fake model service on this machine's loopback.

The model asks for one tool call that writes a file in the project. So a test passes only if the agent was installed, started
without a question, got its key and its service's address, ran a tool without asking for permission, and the file came out.
The agents are whatever version the package registry has today: when one of these tests fails while nothing here has changed,
look for a new first-run dialog (the screen is in the report), and answer it in agents/NAME.yaml.
"""

import contextlib
import dataclasses
import os

from authority import Authority
from fake_model import CLOSING, FakeModel
from harness import AGENTBOX, TestCase, environment
from terminal import Tmux

KEY = "sk-e2e-0123456789-abcdefghijklmnopqrstuvwxyz"
CONTENT = "hello from the fake model\n"
AGENT_LIMIT = 600  # node under emulation, on a loaded machine


@dataclasses.dataclass(frozen=True)
class Agent:
    name: str
    key: str
    base_url: str
    url_path: str
    headless: tuple     # arguments before the prompt
    prompt: str         # on the screen when it waits for input
    dialogs: str        # on the screen when it asks something first
    leave: tuple        # what is typed to quit


AGENTS = {agent.name: agent for agent in (
    Agent("claude", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "", ("-p",), r"bypass permissions on",
          r"(?i:do you trust|Yes, I accept|choose the text style|use this API key|select login)", ("/exit",)),
    Agent("codex", "OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1", ("exec", "--skip-git-repo-check"), r"^› ",
          r"(?i:do you trust|sign in with|update available)", ("/quit",)),
    Agent("gemini", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL", "", ("-p",), r"Type your message",
          r"(?i:do you trust|how would you like to authenticate|select theme)", ("/quit",)),
)}


class AgentCase(TestCase):
    def service(self, project, authority=None):
        model = FakeModel(path=project / "hello.txt", content=CONTENT, authority=authority)
        model.__enter__()  # pylint: disable=unnecessary-dunder-call
        self.addCleanup(model.__exit__)
        return model

    def agent_environment(self, agent, model):
        return environment(**{agent.key: KEY, agent.base_url: f"http://127.0.0.1:{model.port}{agent.url_path}",
                              "AN_UNRELATED_SECRET": "hidden"})

    def assert_written(self, project, model, report):
        file = project / "hello.txt"
        self.assertTrue(file.is_file(), f"no file was written\n{report}\nrequests: {model.requests}")
        self.assertEqual(file.read_text(encoding="utf-8").rstrip("\n"), CONTENT.rstrip("\n"))
        self.assertEqual((file.stat().st_uid, file.stat().st_gid), (os.getuid(), os.getgid()))
        self.assertTrue(any(request.get("called") for request in model.requests), model.requests)
        self.assertTrue(any(request.get("answered") for request in model.requests), "the tool's result never came back")
        self.assertEqual({credential.removeprefix("Bearer ") for credential in model.credentials()}, {KEY})

    def check_headless(self, name):
        """The service is one by TLS, with an authority that is known by SSL_CERT_FILE alone."""
        agent = AGENTS[name]
        project = self.project()
        authority = Authority()
        self.addCleanup(authority.close)
        model = self.service(project, authority)
        env = {**self.agent_environment(agent, model), "SSL_CERT_FILE": str(authority.certificate),
               agent.base_url: f"https://localhost:{model.port}{agent.url_path}"}
        result = self.ok("--base", "agents", name, project, *agent.headless, "write hello.txt", env=env, limit=AGENT_LIMIT)
        self.assert_says(result.text, CLOSING)
        self.assert_written(project, model, result.describe())

    @staticmethod
    def send(tmux, expected):
        """Presses Enter as a person does: again, where nothing happens. Gemini takes one that comes soon after other keys, as
        they do on a slow machine, for part of a paste."""
        for limit in (60, 60, AGENT_LIMIT):
            tmux.keys("Enter")
            with contextlib.suppress(AssertionError) if limit != AGENT_LIMIT else contextlib.nullcontext():
                return tmux.wait_for(expected, limit)

    def check_interactive(self, name):
        agent = AGENTS[name]
        project = self.project()
        model = self.service(project)
        with Tmux(AGENTBOX, "--base", "agents", name, project, env=self.agent_environment(agent, model)) as tmux:
            screen = tmux.wait_for(f"{agent.prompt}|{agent.dialogs}", AGENT_LIMIT)
            self.assertNotRegex(screen, agent.dialogs)
            tmux.type("write hello.txt")
            tmux.wait_for("write hello.txt", AGENT_LIMIT)
            screen = self.send(tmux, f"{CLOSING}|{agent.dialogs}")
            self.assertNotRegex(screen, agent.dialogs)
            self.assert_written(project, model, screen)
            tmux.resize(70, 25)
            tmux.wait_until(lambda screen: max(map(len, screen.split("\n"))) <= 70 and CLOSING in screen, "fits into 70 columns")
            for words in agent.leave:
                tmux.type(words)
                tmux.wait_for(words, AGENT_LIMIT)
                tmux.keys("Enter")
            self.assertEqual(tmux.wait(AGENT_LIMIT), 0, tmux.screen())


class Headless(AgentCase):
    def test_claude(self):
        self.check_headless("claude")

    def test_codex(self):
        self.check_headless("codex")

    def test_gemini(self):
        self.check_headless("gemini")

    def test_a_prompt_from_a_pipe(self):
        agent = AGENTS["claude"]
        project = self.project()
        model = self.service(project)
        result = self.ok("--base", "agents", "claude", "-p", stdin=b"write hello.txt", cwd=project,
                         env=self.agent_environment(agent, model), limit=AGENT_LIMIT)
        self.assert_written(project, model, result.describe())


class Interactive(AgentCase):
    def test_claude(self):
        self.check_interactive("claude")

    def test_codex(self):
        self.check_interactive("codex")


class Unsteady(AgentCase):
    """Not run by scripts/test, which would fail by it now and then: under emulation, Gemini's interface has lost an Enter that came
    soon after other keys, and has ended by itself with code 1. Until that is understood: run --as agents test_agents Unsteady."""

    def test_gemini(self):
        self.check_interactive("gemini")


class WithoutNetwork(AgentCase):
    def test_an_agent_needs_its_model_and_nothing_else(self):
        """Offline but for the one forwarded port: no agent may wait for a host of its vendor."""
        for name in ("claude", "codex"):
            with self.subTest(agent=name):
                agent = AGENTS[name]
                project = self.project()
                model = self.service(project)
                result = self.ok("--base", "agents", "--network", "offline", name, project, *agent.headless, "write hello.txt",
                                 env=self.agent_environment(agent, model), limit=AGENT_LIMIT)
                self.assert_written(project, model, result.describe())
