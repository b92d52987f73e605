# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The three agents that most people use; the others are in test_agents_more."""

from agent_cases import AGENT_LIMIT, AGENTS, AgentCase


class Headless(AgentCase):
    """The second VM may have no network but for the way to the model: no agent is to wait for a host of its vendor."""

    def test_claude(self):
        self.check_headless("claude", "--network", "offline")

    def test_codex(self):
        self.check_headless("codex", "--network", "offline")

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
