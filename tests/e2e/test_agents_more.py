# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The other agents that the npm registry serves, and Gemini's interactive interface. Not part of scripts/test: ctest -L long."""

import json

from agent_cases import AGENT_LIMIT, AGENTS, KEY, AgentCase
from harness import BUILD_LIMIT, agentbox, environment, result_of

NAMES = ("copilot", "opencode", "cline", "cn", "qwen", "amp")


class MoreCase(AgentCase):
    """Each in the layer that `agentbox NAME` itself would make."""

    base = "dev"

    @classmethod
    def setUpClass(cls):
        for name in NAMES:
            built = agentbox("base", "build", "dev", "--agents", name, limit=BUILD_LIMIT)
            assert built.code == 0, built.describe()


class Build(MoreCase):
    def test_each_tells_its_version(self):
        for entry in json.loads(self.ok("agents", "ls", "--json").text):
            if entry["name"] in NAMES:
                with self.subTest(agent=entry["name"]):
                    versions = [one["version"] for one in entry["installed"] if one["base"] == f"dev+{entry['name']}"]
                    print(entry["name"], *versions)
                    self.assert_says(versions[0], r"^\d+\.\d+")


class Headless(MoreCase):
    def test_copilot(self):
        self.check_headless("copilot")

    def test_opencode(self):
        self.check_headless("opencode")

    def test_cline(self):
        self.check_headless("cline")

    def test_cn(self):
        self.check_headless("cn")

    def test_qwen(self):
        self.check_headless("qwen")


class Interactive(MoreCase):
    def test_copilot(self):
        self.check_interactive("copilot")

    def test_opencode(self):
        self.check_interactive("opencode")

    def test_cline(self):
        self.check_interactive("cline")

    def test_cn(self):
        self.check_interactive("cn")

    def test_qwen(self):
        self.check_interactive("qwen")


class Ask(MoreCase):
    def test_copilot(self):
        self.check_ask("copilot")

    def test_opencode(self):
        self.check_ask("opencode")

    def test_cline(self):
        self.check_ask("cline")

    def test_cn(self):
        self.check_ask("cn")

    def test_qwen(self):
        self.check_ask("qwen")


class Gemini(AgentCase):
    """On the screen; without one it is in test_agents."""

    def test_interactive(self):
        self.check_interactive("gemini")

    def test_ask(self):
        self.check_ask("gemini")


class Claude(AgentCase):
    def test_an_agent_that_reaches_a_limit_ends_by_itself(self):
        """Its second call, with the tool's result, is refused: there is nobody to raise the limit."""
        agent = AGENTS["claude"]
        project = self.project()
        model = self.service(project)
        result = agentbox("--base", self.base, "--policy", "ci", "--json", "--max-requests", "1", "claude", project, "-p", "write hello.txt",
                          env=self.agent_environment(agent, model), limit=AGENT_LIMIT)
        self.assertEqual(result.code, 122, result.describe())
        value = result_of(result)
        self.assertEqual((value["result"], value["limit"], value["model"]["requests"]), ("limit-reached", "requests", 1), value)


class Login(AgentCase):
    """Without a key, as far as it goes without the vendors' services."""

    def test_claude(self):
        self.check_login("claude", AGENTS["claude"].prompt, "/login", r"(?i:select login method)")

    def test_codex(self):
        self.check_login("codex", r"(?i:sign in with ChatGPT)", "", r"https://auth\.openai\.com/")

    def test_gemini(self):
        self.check_login("gemini", r"(?i:how would you like to authenticate)")


class Amp(MoreCase):
    def test_it_starts_and_wants_its_service(self):
        """No further without an account. Its key cannot be brokered, and that is said before anything starts."""
        project, env = self.project(), environment(AMP_API_KEY=KEY)
        refused = agentbox("--base", self.base, "amp", project, "-x", "hello", env=env)
        self.assertEqual(refused.code, 2, refused.describe())
        self.assert_says(refused.errors, "--credentials direct amp")
        result = agentbox("--base", self.base, "--network", "offline", "--credentials", "direct", "amp", project, "-x", "hello", env=env)
        self.assertEqual(result.code, 1, result.describe())
        self.assert_says(result.text + result.errors, "connect to the Amp server")
