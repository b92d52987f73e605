# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The three agents that most people use; the others are in test_agents_more."""

from agent_cases import AGENT_LIMIT, AGENTS, AgentCase


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
        result = self.ok("--base", self.base, "claude", "-p", stdin=b"write hello.txt", cwd=project,
                         env=self.agent_environment(agent, model), limit=AGENT_LIMIT)
        self.assert_written(project, model, result.describe())


class Interactive(AgentCase):
    def test_claude(self):
        """With an image from the host's clipboard in its conversation, which can be picked from a list in the next VM."""
        project = self.check_interactive("claude", image=True)
        self.check_picker("claude", project, "--resume")

    def test_codex(self):
        self.check_interactive("codex")


class Ask(AgentCase):
    def test_claude(self):
        self.check_ask("claude")

    def test_codex(self):
        self.check_ask("codex")


class WithoutNetwork(AgentCase):
    def test_an_agent_needs_its_model_and_nothing_else(self):
        """Offline but for the one forwarded port: no agent may wait for a host of its vendor."""
        for name in ("claude", "codex"):
            with self.subTest(agent=name):
                agent = AGENTS[name]
                project = self.project()
                model = self.service(project)
                result = self.run_task(agent, project, "write hello.txt", model, "--network", "offline")
                self.assert_written(project, model, result.describe())
