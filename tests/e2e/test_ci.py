# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Runs that nobody watches: each ends by itself, says so in one result for programs, and leaves what was asked for on the host."""

import hashlib
import json
import pathlib
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from collections import Counter

import browser
from harness import AGENTBOX, AGENTBOX_HOME, HOME, TestCase, agentbox, environment, result_of
from terminal import Tmux
from test_gateway import CALL, BrokeredProbe, ModelService

KEY = "sk-ant-e2e-0123456789-abcdefghijklmnopqrstuvwxyz"
MESSAGE = f"{CALL}/v1/messages\" -H 'content-type: application/json' -d '{{}}' -o /dev/null"


class CiCase(BrokeredProbe, TestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.discard_changes)
        service = ModelService()
        service.__enter__()  # pylint: disable=unnecessary-dunder-call
        self.addCleanup(service.__exit__, None, None, None)
        self.env = environment(PROBE_API_KEY=KEY, PROBE_BASE_URL=f"http://127.0.0.1:{service.port}")
        self.out = pathlib.Path(tempfile.mkdtemp(dir=HOME))

    def discard_changes(self):
        """They would wait for ever, in the listings of the tests to come."""
        for session in json.loads(self.ok("ls", "--json").text):
            if session["state"] == "review":
                self.ok("discard", session["id"])

    def ci(self, project, script, *options, code=0, env=None):
        return self.ok("--policy", "ci", *options, "probe", project, script, env=env or self.env, code=code)


class Results(CiCase):
    def test_one_result_for_programs(self):
        """The result is all that is on standard output; a placeholder in the log is masked; reports, changes and refusals are told."""
        project = self.project(in_txt="in\n")
        result = self.ci(project, f"""
            echo "key: $PROBE_API_KEY"; echo "own: $TOKEN"; echo "$PROBE_API_KEY" > /tmp/placeholder.log; {MESSAGE}; echo
            mkdir -p reports/deep; echo '<a/>' > reports/a.xml; echo '<b/>' > reports/deep/b.xml; ln -s /etc/passwd reports/c.xml
            echo log > /tmp/x.log; echo more >> in.txt
            curl -sS --max-time 30 https://not-listed.example/ || exit 7
        """, "--workspace", "overlay", "--json=-", "--junit", self.out / "junit.xml", "--patch-out", self.out / "patch",
                         "--artifacts", f"reports/**/*.xml:{self.out}/reports", "--artifacts", f"/tmp/*.log:{self.out}/logs",
                         "--env", "TOKEN=a-value-of-the-users-own", f"--record={self.out}/cast", code=7)
        value = json.loads(result.text)
        self.assertEqual((value["result"], value["exit_code"], value["agent"], value["policy"]), ("failed", 7, "probe", "ci"))
        self.assertEqual(value["versions"].get("probe"), "1.0", value)
        self.assertEqual((value["model"]["requests"], value["model"]["tokens"]["output"], value["limit"]), (1, 5, None))
        self.assertIn("not-listed.example", json.dumps(value["network"]["refusals"]))
        self.assertIn({"path": "in.txt", "change": "changed"}, value["changes"]["files"])
        self.assertGreater(value["took_ms"], 0)
        self.assert_says(result.errors, r"^key: \*+$")
        self.assertNotIn(KEY, result.errors + result.text)
        copied = {file["path"]: file for file in value["artifacts"]["files"]}
        self.assertEqual(sorted(copied), [f"{self.out}/logs/placeholder.log", f"{self.out}/logs/x.log", f"{self.out}/reports/reports/a.xml", f"{self.out}/reports/reports/deep/b.xml"])
        for path, file in copied.items():
            data = pathlib.Path(path).read_bytes()
            self.assertEqual((file["size"], file["sha256"]), (len(data), hashlib.sha256(data).hexdigest()))
        self.assertEqual(value["artifacts"]["problems"], [])
        suite = ElementTree.parse(self.out / "junit.xml").getroot().find("testsuite")
        # The link that leaves the project is one of the guard's findings.
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("errors")), ("3", "2", "0"))
        self.assertIn("+more", (self.out / "patch").read_text(encoding="utf-8"))
        self.assertEqual((project / "in.txt").read_text(encoding="utf-8"), "in\n")
        log = self.ok("logs", value["session"]).text
        for shown in ("result     failed: exit code 7", "==> phases <==", "refused", "not-listed.example", "==> recorded (agentbox play "):
            self.assertIn(shown, log)
        self.assert_says(log, r"^key: \*+$")
        page = self.ok("report", value["session"]).text
        for shown in ("in.txt", "not-listed.example", "Processors in use", value["session"], "exit code 7"):
            self.assertIn(shown, page)
        played = self.ok("play", "--speed", "100", self.out / "cast").text
        self.assert_says(played, r"^key: \*+\s*$")
        placeholder = (self.out / "logs/placeholder.log").read_text(encoding="utf-8").strip()
        self.assertGreater(len(placeholder), 20)
        texts = {"output": result.text, "log": result.errors, "page": page, "played": played, "told": log,
                 "egress": self.ok("logs", "--egress", value["session"]).text,
                 **{name: (self.out / name).read_text(encoding="utf-8") for name in ("cast", "junit.xml", "patch")}}
        for name, text in texts.items():
            for secret in (KEY, placeholder, "a-value-of-the-users-own"):
                self.assertNotIn(secret, text, name)

    def test_a_live_session_cannot_lead_what_is_written_here_elsewhere(self):
        """Attack: the directories for artifacts and reports are in the project, and the session makes links of them."""
        project = self.project()
        result = self.ci(project, f"mv out moved; ln -s {self.out} out; echo x > r.xml; echo y > s.xml", f"--json={project}/out/result.json",
                         "--junit", project / "out/junit.xml", "--artifacts", f"*.xml:{project}/out/files")
        self.assertEqual(list(self.out.iterdir()), [], result.describe())
        value = json.loads((project / "moved/result.json").read_text(encoding="utf-8"))
        self.assertEqual(len(value["artifacts"]["files"]), 2, value)
        self.assertEqual((project / "moved/files/r.xml").read_text(encoding="utf-8"), "x\n")
        self.assertTrue((project / "moved/junit.xml").is_file())
        again = agentbox("--json", "--artifacts", f"*.xml:{project}/out/files", "run", project, "--", "true")
        self.assertEqual((again.code, result_of(again)["result"]), (125, "error"), again.describe())


class Limits(CiCase):
    def test_refused_model_calls_end_an_agent_that_asks_for_ever(self):
        result = self.ci(self.project(), f"while :; do {MESSAGE}; sleep 1; done", "--json", "--max-requests", "1", code=122)
        value = result_of(result)
        self.assertEqual((value["result"], value["limit"], value["exit_code"]), ("limit-reached", "requests", 122))
        self.assertEqual(value["model"]["requests"], 1)

    def test_an_agent_that_makes_light_of_a_limit_has_not_succeeded(self):
        value = result_of(self.ci(self.project(), f"{MESSAGE}; {MESSAGE}; exit 0", "--json", "--max-tokens", "12", code=122))
        self.assertEqual((value["result"], value["limit"], value["outcome"]), ("limit-reached", "tokens", "exit code 0"))

    def test_cost(self):
        """A model server on this machine costs nothing, which a limit of cost says, unless the user's price table has prices for it."""
        plan = self.ci(self.project(), "true", "--dry-run", "--max-cost", "1")
        self.assert_says(plan.text + plan.errors, "counts as free of charge")
        prices = AGENTBOX_HOME / "config/agents/providers/prices.yaml"
        prices.parent.mkdir(parents=True, exist_ok=True)
        prices.write_text("models: []\nunknown: {input: 1000, output: 100000}\nloopback: listed\n", encoding="utf-8")
        self.addCleanup(prices.unlink)
        value = result_of(self.ci(self.project(), f"while :; do {MESSAGE}; sleep 1; done", "--json", "--max-cost", "1", code=122))
        self.assertEqual((value["result"], value["limit"], value["exit_code"]), ("limit-reached", "cost", 122))
        # Seven tokens in and five out, at those prices: the third call is refused.
        self.assertEqual((value["model"]["requests"], value["model"]["cost_usd"]), (2, 1.014))

    def test_time(self):
        for option in ("--timeout", "--max-time"):
            value = result_of(self.ci(self.project(), "sleep 1000", "--json", option, "5s", code=124))
            self.assertEqual((value["result"], value["exit_code"]), ("timed-out", 124))

    def test_a_missing_key_is_told_before_anything_starts(self):
        junit = self.out / "junit.xml"
        result = self.ci(self.project(), "true", "--json=-", "--junit", junit, code=125, env=environment(PROBE_API_KEY=None))
        value = json.loads(result.text)
        self.assertEqual((value["result"], value["exit_code"]), ("error", 125))
        self.assertIn("PROBE_API_KEY", value["error"] + value["hint"])
        self.assertEqual(ElementTree.parse(junit).getroot().get("errors"), "1")


class Page(TestCase):
    @unittest.skipUnless(browser.CHROMIUM, "there is no chromium-headless-shell")
    def test_a_browser_shows_the_report_and_obeys_nothing_in_it(self):
        """Attack: names of files that are HTML, and one that is longer than the page is wide."""
        names = ["<style>body{background:#f00}", "<img src=x onerror=document.body.remove()>", "w" * 200]
        result = self.ok("--json", "--workspace", "overlay", "run", self.project(), "--", "touch", *names)
        picture = browser.screenshot(self.ok("report", result_of(result)["session"]).text)
        colors = Counter(picture.pixels())
        paper, bar = (255, 255, 255), (0x35, 0x66, 0xc4)
        self.assertGreater(colors[paper], 0.7 * picture.width * picture.height)
        self.assertGreater(colors[bar], 500)
        self.assertGreater(sum(count for color, count in colors.items() if sum(color) < 240), 1000, "there is hardly any text")
        self.assertEqual(colors[(255, 0, 0)], 0)
        self.assertEqual(set(picture.pixels(range(picture.width - 8, picture.width))), {paper}, "the page is wider than the window")


class Watching(TestCase):
    def test_top_shows_what_a_live_session_uses(self):
        project = self.project()
        background, directory = self.start_session(project)
        [used] = json.loads(self.ok("top", "--json").text)
        self.assertEqual((used["id"], used["project"]), (directory.name, str(project)))
        self.assertGreater(used["memory"], 10 << 20)
        self.assertIsNotNone(used["processors"])
        self.assert_says(self.ok("top").text, f"^{directory.name} +running ")
        with Tmux(AGENTBOX, "top") as tmux:
            tmux.wait_for(directory.name)
            tmux.type("w")
            tmux.wait_for("which host")
            tmux.type("example.org")
            tmux.keys("Enter")
            tmux.wait_for("example.org")
            tmux.type("s")
            tmux.wait_for("Stop .*y/N")
            tmux.type("y")
            tmux.wait_for("No session is running")
            tmux.type("q")
            self.assertEqual(tmux.wait(), 0)
        self.assertEqual(background.finish().code, 143)
