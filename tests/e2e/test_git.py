# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""git in a real guest, by way of the broker: a private repository is fetched and pushed to with a token that never is in the VM."""

import base64
import contextlib
import http.server
import os
import pathlib
import secrets
import shutil
import subprocess
import tempfile
import threading
import unittest

from harness import AGENTBOX_HOME, TestCase, environment, result_of, vm_processes

HOST = """
description: Of a test
upstream: http://127.0.0.1:{port}
user: x-access-token
keys: [PROBE_GIT_TOKEN]
urls: ["https://forge.example/", "git@forge.example:"]
"""
POLICY = """
description: Of a test
resources: {cpus: 1}
network: {mode: offline}
credentials:
  git:
    - host: forge.example
      fetch: [owner/read]
      push: [{repository: owner/write, branches: ["agent/*"]}]
"""


class Forge:
    """`git http-backend` on this machine's loopback, for those who show the token."""

    def __init__(self, token):
        self._expected = "Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()
        self._root = pathlib.Path(tempfile.mkdtemp(prefix="forge-"))
        self.requests = []

    def git(self, repository, *arguments):
        env = {"PATH": os.environ["PATH"], "HOME": str(self._root), "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a",
               "GIT_AUTHOR_EMAIL": "a@b.invalid", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.invalid"}
        done = subprocess.run(["git", "-C", str(self._root / f"{repository}.git"), *arguments], env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def _make(self, repository):
        (self._root / f"{repository}.git").mkdir(parents=True)
        self.git(repository, "init", "-q", "--bare", "-b", "main")
        self.git(repository, "config", "http.receivepack", "true")
        commit = self.git(repository, "commit-tree", "-m", "first", self.git(repository, "mktree"))
        self.git(repository, "update-ref", "refs/heads/main", commit)

    def _backend(self, method, target, headers, body):
        path, _, query = target.partition("?")
        env = {"PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self._root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
               "QUERY_STRING": query, "REQUEST_METHOD": method, "CONTENT_TYPE": headers.get("content-type", ""),
               "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""), "GIT_PROTOCOL": headers.get("git-protocol", "")}
        out = subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True, check=False).stdout
        head, _, content = out.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        return status, [(name, value) for name, value in fields if name != "Status"], content

    def __enter__(self):
        forge = self
        for repository in ("owner/read", "owner/write"):
            self._make(repository)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def body(self):
                if self.headers.get("transfer-encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("content-length") or 0))
                data = b""
                while size := int(self.rfile.readline(), 16):
                    data += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return data

            def answer(self):
                body = self.body()
                forge.requests.append((self.command, self.path, dict(self.headers)))
                if self.headers.get("authorization") == forge._expected:  # pylint: disable=protected-access
                    status, fields, content = forge._backend(self.command, self.path, self.headers, body)  # pylint: disable=protected-access
                else:
                    status, fields, content = 401, [], b""
                self.send_response(status)
                for name, value in fields:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer  # pylint: disable=invalid-name

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._root, ignore_errors=True)


@unittest.skipUnless(shutil.which("git"), "no git on this host")
class Git(TestCase):
    def place(self, folder, name, text):
        path = AGENTBOX_HOME / "config" / folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.addCleanup(path.unlink)

    def set_up(self, forge):
        self.place("agents/git-hosts", "forge.example", HOST.format(port=forge.port))
        self.place("policies", "gitting", POLICY)

    def test_a_private_repository_is_worked_on_without_a_token(self):
        """Attacks: another branch, another repository, a push of both; the token is looked for in the session."""
        token = "ghp_real" + secrets.token_hex(16)
        with Forge(token) as forge:
            self.set_up(forge)
            before = forge.git("owner/write", "rev-parse", "main")
            result = self.ok("--json", "--policy", "gitting", "run", self.project(), "--", "sh", "-c", """
                export GIT_TERMINAL_PROMPT=0 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b.invalid
                export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b.invalid
                git clone -q https://forge.example/owner/read && echo read: fetched
                git clone -q git@forge.example:owner/write && cd write && echo write: fetched
                git commit -q --allow-empty -m second
                git push -q origin HEAD:agent/fix && echo agent/fix: pushed
                git push -q origin HEAD:main HEAD:agent/both 2> err || echo main: refused; cat err
                cd ../read && git push -q origin HEAD:agent/fix 2> err || echo read: refused; cat err
                git clone -q https://forge.example/owner/reader 2> err || echo reader: refused; cat err
                env; cat ../*/.git/config
            """, env=environment(PROBE_GIT_TOKEN=token))
            lines = result.text.splitlines()
            for expected in ("read: fetched", "write: fetched", "agent/fix: pushed", "main: refused", "read: refused", "reader: refused"):
                self.assertIn(expected, lines, result.describe())
            self.assert_says(result.text, "remote: agentbox: nothing was pushed")
            self.assert_says(result.text, "lets you fetch, but not push to, owner/read")
            self.assert_says(result.text, "does not name the repository owner/reader")
            self.assertNotIn(token, result.text)
            self.assertNotIn(base64.b64encode(f"x-access-token:{token}".encode()).decode(), result.text)
            self.assertEqual(forge.git("owner/write", "for-each-ref", "--format=%(refname)"), "refs/heads/agent/fix\nrefs/heads/main")
            self.assertEqual(forge.git("owner/write", "rev-parse", "main"), before)
            self.assertEqual({headers.get("authorization") is not None for _, _, headers in forge.requests}, {True})
            self.assertFalse(any("Bearer" in headers.get("authorization", "") for _, _, headers in forge.requests))
            refusals = result_of(result)["network"]["refusals"]
            self.assertTrue(any(refusal["to"] == "forge.example/owner/write" for refusal in refusals), refusals)
            self.assertEqual(list(pathlib.Path(AGENTBOX_HOME / "state").rglob("egress.jsonl")), [])

    def test_the_token_is_in_no_memory_but_the_gateways(self):
        token = "ghp_real" + secrets.token_hex(16)
        with Forge(token) as forge:
            self.set_up(forge)
            session = self.start("--policy", "gitting", "run", self.project(), "--", "sh", "-c",
                                 "git clone -q https://forge.example/owner/read && echo ready; cat",
                                 env=environment(PROBE_GIT_TOKEN=token))
            session.expect_line("ready")
            encoded = base64.b64encode(f"x-access-token:{token}".encode())
            looked_at = 0
            for process in vm_processes():
                with contextlib.suppress(OSError):
                    for secret in (token.encode(), encoded):
                        size = self.assert_not_in_memory(process.pid, secret)
                        looked_at += size if process.name.startswith("qemu") else 0
            self.assertEqual(session.finish().code, 0)
            if looked_at == 0:
                self.skipTest("the memory of QEMU cannot be read here")

    def test_what_cannot_work_is_said_before_anything_starts(self):
        with Forge("x") as forge:
            self.set_up(forge)
            warned = self.ok("--dry-run", "--policy", "gitting", "run", self.project(), "--", "true",
                             env=environment(PROBE_GIT_TOKEN=None))
            self.assert_says(warned.errors, "secret set PROBE_GIT_TOKEN")
            plan = self.ok("--dry-run", "--policy", "gitting", "run", self.project(), "--", "true",
                           env=environment(PROBE_GIT_TOKEN="ghp_of_the_plan"))
            self.assert_says(plan.text, r"git +forge.example: fetch owner/read; push owner/write \(agent/\*\)")
            self.assert_silent_about(plan.text + plan.errors, "ghp_of_the_plan")
            refused = self.ok("--dry-run", "--policy", "gitting", "run", "--env", "GIT_CONFIG_COUNT=1", self.project(), "--", "true",
                              env=environment(PROBE_GIT_TOKEN="x"), code=2)
            self.assert_says(refused.errors, "GIT_CONFIG_COUNT")
            self.assertEqual(forge.requests, [])
