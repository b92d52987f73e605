# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""A real agent in the middle of its conversation, saved and going on elsewhere."""

import secrets

from agent_cases import AGENT_LIMIT, AGENTS, AgentCase
from fake_model import CLOSING
from harness import AGENTBOX, AGENTBOX_HOME, agentbox, eventually, only_session, sessions_on_disk
from terminal import Tmux


class MidConversation(AgentCase):
    def ask(self, tmux, model, words):
        """Types it, and waits for the request with it and for what was said before; and for the next one, with which its file has the words."""
        seen = len(model.bodies)
        tmux.type(words)
        tmux.wait_for(words, AGENT_LIMIT)
        tmux.keys("Enter")
        body = eventually(lambda: next((body for body in model.bodies[seen:] if words.encode() in body), None), f"the model is asked {words}", AGENT_LIMIT)
        self.assertIn(b"write hello.txt", body)
        self.assertIn(CLOSING.encode(), body)
        eventually(lambda: len(model.bodies) > seen + 1, "the tool's result comes back", AGENT_LIMIT)
        return {value.removeprefix("Bearer ") for request in model.requests[-1:] for value in request["credentials"].values()}

    def test_claude(self):
        """By default: its key is brokered, its conversations are kept, its user's settings are handed over. The snapshot's agent is drawn
        again, knows what was said, and its placeholder leads to the key that the host has by then."""
        agent = AGENTS["claude"]
        project = self.project()
        model = self.service(project)
        self.addCleanup(agentbox, "snapshot", "rm", "e2e-claude")
        env = self.agent_environment(agent, model)
        later = {**env, agent.key: f"sk-e2e-later-{secrets.token_hex(16)}"}
        with self.terminal(agent, project, model, "--workspace", "copy") as tmux:
            self.give_task(agent, tmux, CLOSING)
            source = only_session().name
            self.ok("snapshot", "take", source, "e2e-claude")
            self.assertEqual(self.ask(tmux, model, "is it there"), {env[agent.key]})
            (fork,) = self.ok("fork", "e2e-claude", env=later, limit=AGENT_LIMIT).text.split()
            with Tmux(AGENTBOX, "attach", fork, columns=90, rows=28) as attached:
                attached.wait_for(CLOSING, AGENT_LIMIT)
                self.assertEqual(self.ask(attached, model, "and in the fork"), {later[agent.key]})
            self.ok("stop", source)
        with Tmux(AGENTBOX, "snapshot", "resume", "e2e-claude", env=later, columns=80, rows=25) as resumed:
            resumed.wait_for(CLOSING, AGENT_LIMIT)
            self.assertEqual(self.ask(resumed, model, "and once more"), {later[agent.key]})
            self.ok("stop", next(directory.name for directory in sessions_on_disk() if directory.name not in (source, fork)))
        self.ok("stop", fork)
        talks = b"".join(path.read_bytes() for path in (AGENTBOX_HOME / "data/history").rglob("*.jsonl"))
        for words in (b"write hello.txt", b"is it there", b"and in the fork", b"and once more"):
            self.assertTrue(words in talks, f"{words} is in no conversation that was kept")
        self.ok("diff", fork)
        for directory in sessions_on_disk():
            self.ok("rm", "--discard", directory.name)
        self.assertFalse((project / "hello.txt").exists(), "a copy was worked on")
