# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The environment of the guest's command, and keys above all: which get in, and where they must not be seen on the way."""

import contextlib
import json
import pathlib
import secrets
import stat

import probe_agent
from harness import AGENTBOX_HOME, BUILD_LIMIT, TestCase, descendants, environment, processes, sessions_on_disk
from terminal import Pty
from test_network import HostService

KEY = "sk-probe-0123456789-abcdefghijklmnopqrstuvwxyz"


def variables(text):
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


class ProbeCase(TestCase):
    @classmethod
    def setUpClass(cls):
        probe_agent.install_profile()

    def setUp(self):
        super().setUp()
        self.ok("base", "build", "-q", probe_agent.BASE, limit=BUILD_LIMIT)  # in case this file runs alone


class Environment(ProbeCase):
    def test_only_what_the_profile_names_gets_in(self):
        """Attack: an agent that prints its environment. The host's holds other secrets, of other agents, too."""
        env = environment(PROBE_API_KEY=KEY, PROBE_MODEL="m1", PROBE_OTHER="hidden-1", OPENAI_API_KEY="hidden-2",
                          ANTHROPIC_API_KEY="hidden-3", AWS_SECRET_ACCESS_KEY="hidden-4", COLORTERM="truecolor",
                          LD_PRELOAD="", SSH_AUTH_SOCK="/hidden-5", DISPLAY=":hidden-6")
        found = variables(self.ok(*probe_agent.RUN, self.project(), "environment", env=env).text)
        self.assertEqual({name: found.get(name) for name in ("PROBE_API_KEY", "PROBE_MODEL", "PROBE_FIXED", "COLORTERM")},
                         {"PROBE_API_KEY": KEY, "PROBE_MODEL": "m1", "PROBE_FIXED": "from the profile", "COLORTERM": "truecolor"})
        self.assertEqual([value for value in found.values() if "hidden" in value], [])
        self.assertEqual([name for name in found if name.startswith("AGENTBOX")], [])

    def test_what_the_user_hands_over_by_hand(self):
        env = environment(HANDED="from the host", UNNAMED="hidden")
        result = self.ok("run", "--env", "HANDED", "--env", "GIVEN=a=b c", "--env", "MISSING", self.project(), "--", "env", env=env)
        found = variables(result.text)
        self.assertEqual((found.get("HANDED"), found.get("GIVEN")), ("from the host", "a=b c"))
        self.assertNotIn("UNNAMED", found)
        self.assertNotIn("MISSING", found)
        self.assert_says(result.errors, "MISSING is not set")

    def test_seed_files_are_there_and_the_users_own(self):
        project = self.project('a "quoted" name')
        result = self.ok(*probe_agent.RUN, project, "seed", env=environment(PROBE_API_KEY=KEY))
        self.assertEqual(json.loads(result.text.split("\n", 1)[1]),
                         {"project": str(project), "url": "https://probe.invalid", "key": KEY[-20:]})

    def test_ask_leaves_the_permission_prompts_on(self):
        result = self.ok("--ask", *probe_agent.RUN, self.project(), "hello", env=environment(PROBE_API_KEY=KEY))
        self.assertEqual(result.text, f"arguments: hello\nkey: {KEY}\n")

    def test_a_base_url_on_the_hosts_loopback_is_reached(self):
        with HostService() as service:
            env = environment(PROBE_API_KEY=KEY, PROBE_BASE_URL=f"http://127.0.0.1:{service.port}")
            result = self.ok("--network", "offline", *probe_agent.RUN, self.project(), "fetch", "models", env=env)
            self.assert_says(result.text, "hello from the host")
            self.assertEqual(service.asked, ["/models"])


class StoredSecrets(ProbeCase):
    def setUp(self):
        super().setUp()
        self.ok("secret", "set", "--store", "file", "PROBE_API_KEY", stdin=KEY.encode() + b"\n")
        self.addCleanup(self.forget)

    def forget(self):
        if "PROBE_API_KEY" in self.ok("secret", "ls", "-q").text.split():
            self.ok("secret", "rm", "PROBE_API_KEY")

    def test_one_is_used_and_never_shown(self):
        self.assert_says(self.ok(*probe_agent.RUN, self.project()).text, f"key: {KEY}")
        self.assert_silent_about(self.ok("secret", "ls").text, KEY)
        plan = self.ok("--dry-run", *probe_agent.RUN, self.project())
        self.assert_says(plan.text, "PROBE_API_KEY")
        self.assert_silent_about(plan.text + plan.errors, KEY)
        self.assert_silent_about(self.ok("--dry-run", "--json", *probe_agent.RUN, self.project()).text, KEY)

    def test_it_is_kept_where_only_its_owner_can_read(self):
        stored = AGENTBOX_HOME / "data/secrets/PROBE_API_KEY"
        self.assertEqual(stat.S_IMODE(stored.stat().st_mode), 0o600)
        stored.chmod(0o644)
        refused = self.ok(*probe_agent.RUN, self.project(), code=125)
        self.assert_says(refused.errors, "PROBE_API_KEY")
        self.assert_silent_about(refused.errors, KEY)

    def test_the_environment_goes_before_it(self):
        self.assert_says(self.ok(*probe_agent.RUN, self.project(), env=environment(PROBE_API_KEY="of this run")).text, "key: of this run")


class MissingKey(ProbeCase):
    def test_a_script_is_told_what_would_help(self):
        refused = self.ok(*probe_agent.RUN, self.project(), code=125)
        self.assert_says(refused.errors, r"export PROBE_API_KEY=")
        self.assert_says(refused.errors, r"agentbox secret set PROBE_API_KEY")
        self.assertEqual(refused.out, b"")

    def test_a_person_may_go_on_to_the_agents_own_login(self):
        with Pty(*probe_agent.RUN, self.project(), "hello") as terminal:
            terminal.expect("secret set PROBE_API_KEY")
            terminal.expect("arguments: hello")
            self.assertEqual(terminal.wait(), 0)


class Traces(ProbeCase):
    """Attack: somebody else on the machine reads ps; something later reads what a session wrote to disk."""

    def test_a_key_is_in_no_process_but_the_launcher_and_in_no_file(self):
        key = "sk-" + secrets.token_hex(24)
        background, directory = self.start_session(self.project(), "--env", "TOKEN", env=environment(TOKEN=key))
        for process in processes().values():
            self.assertNotIn(key.encode(), process.arguments, process)
        for process in descendants(background.pid):
            with contextlib.suppress(PermissionError):  # confined ones hide theirs, even from us
                self.assertNotIn(key.encode(), pathlib.Path(f"/proc/{process.pid}/environ").read_bytes(), process)
        self.assertNotEqual(descendants(background.pid), [], "nothing was looked at")
        self.assertIn(key.encode(), pathlib.Path(f"/proc/{background.pid}/environ").read_bytes())
        self.assert_nowhere_below(directory, key)
        self.assertEqual(self.ok("exec", "last", "--", "true").code, 0)
        self.assertEqual(background.finish().code, 0)
        for place in ("state", "cache", "config"):
            self.assert_nowhere_below(AGENTBOX_HOME / place, key)
        self.assertEqual(sessions_on_disk(), [])
