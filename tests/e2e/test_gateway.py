# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The gateway and the credential broker, from inside a real guest: what a policy lets out, what the guest is told when it does
not, and that the real key is nowhere but on the host."""

import contextlib
import http.server
import json
import os
import pathlib
import secrets
import signal
import socket
import socketserver
import threading
import time

import probe_agent
from authority import Authority
from harness import AGENTBOX_HOME, BUILD_LIMIT, HOME, TestCase, agentbox, descendants, environment, eventually, result_of, vm_processes
from terminal import Pty
from test_network import HostService, free_port

# A client of the Messages API in a few lines of shell: PROBE_API_KEY and PROBE_BASE_URL are its key and its service.
BROKERED = (probe_agent.PROFILE
            .replace("    help: any text will do\n",
                     "    help: any text will do\n    provider: anthropic\n    credential: api-key\n")
            .replace("command: [probe-agent]", "command: [sh, -c]").replace("skip-permissions: [--skip]\n", ""))
CALL = 'curl -sS --max-time 60 -w " %{http_code}" -H "x-api-key: $PROBE_API_KEY" "$PROBE_BASE_URL'

# In the guest: takes connections on port 9000 of its loopback; each begins with a line "HOST PORT" that says where it leads.
RELAY = """
import contextlib, socket, threading
def end(connection, how):
    with contextlib.suppress(OSError):
        connection.shutdown(how)
def move(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        end(sink, socket.SHUT_WR)
    except OSError:
        end(source, socket.SHUT_RDWR)
        end(sink, socket.SHUT_RDWR)
def serve(near):
    host, port = near.makefile("rb", buffering=0).readline().split()
    try:
        far = socket.create_connection((host.decode(), int(port)), 30)
    except OSError:
        return near.close()
    threading.Thread(target=move, args=(near, far)).start()
    move(far, near)
listener = socket.create_server(("127.0.0.1", 9000))
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


class ModelService(HostService):
    """Like HostService, and it remembers the headers, and echoes them as a careless service might. authority: by TLS."""

    def __init__(self, authority=None):
        self._authority = authority

    def __enter__(self):
        requests = self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("content-length") or 0)
                requests.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
                body = json.dumps({"you sent": dict(self.headers), "usage": {"input_tokens": 7, "output_tokens": 5}}).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer  # pylint: disable=invalid-name

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if self._authority is not None:
            self._server.socket = self._authority.wrap(self._server.socket)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self


class LineService:
    """Not the web: speaks first, as an SSH server does, and answers each line by the same one."""

    GREETING = b"SSH-2.0-of-a-test\r\n"

    def __enter__(self):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    self.wfile.write(LineService.GREETING)
                    for line in self.rfile:
                        self.wfile.write(line)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class WatchedProcesses:
    """Attack: another user's `ps` in a loop. Looks at argv and environment of all processes, again and again, as far as they show."""

    def __init__(self, key):
        self._key = key.encode()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.found = []
        self.rounds = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _look(self):
        while not self._over.wait(0.005):
            self.rounds += 1
            for process in pathlib.Path("/proc").iterdir():
                for name in ("cmdline", "environ") if process.name.isdigit() else ():
                    with contextlib.suppress(OSError):
                        if self._key in (process / name).read_bytes():
                            self.found.append(f"{process.name}/{name}: {(process / 'cmdline').read_bytes()}")


def get(port, path, host):
    """A refusal by HTTP is a failure, too."""
    return f"curl -fsS --max-time 30 http://{host}:{port}/{path}"


def own_name():
    """This host's name and the address it resolves to: a name that needs no network."""
    name = socket.gethostname()
    with contextlib.suppress(OSError):
        return name, socket.gethostbyname(name)
    return name, None


class PolicyCase(TestCase):
    def policy(self, name, network):
        policies = AGENTBOX_HOME / "config/policies"
        policies.mkdir(parents=True, exist_ok=True)
        path = policies / f"{name}.yaml"
        path.write_text(f"description: Of a test\nnetwork:\n{network}", encoding="utf-8")
        self.addCleanup(path.unlink)
        return name


class Allowlist(PolicyCase):
    def test_what_is_not_listed_is_refused_with_the_reason(self):
        """One session for many attempts. The last line of JSON lists what was refused."""
        policy = self.policy("nothing", "  mode: allowlist\n")
        result = self.ok("--json", "--policy", policy, "run", self.project(), "--", "sh", "-c", """
            getent hosts example.com || echo no name
            curl -sS --max-time 30 http://192.0.2.1/ -H "host: example.com"; echo
            curl -sS --max-time 30 -o /dev/null https://example.com/ --connect-to example.com:443:192.0.2.1:443 || echo no tls
            timeout 60 bash -c 'exec 3<>/dev/tcp/192.0.2.1/22 && head -c 1 <&3' || echo no tcp
            curl -sS --max-time 30 -x http://10.0.2.2:3128 http://example.com/; echo
        """)
        lines = [line for line in result.text.splitlines() if line]
        self.assertEqual(lines[0], "no name", result.describe())
        self.assertEqual(json.loads(lines[1])["error"]["type"], "egress_refused", result.describe())
        self.assertIn("agentbox policy allow", json.loads(lines[1])["error"]["message"])
        self.assertEqual(lines[2], "no tls", result.describe())
        self.assertEqual(json.loads(lines[-1])["error"]["type"], "egress_refused", result.describe())
        # A connection to a number is made before anything is known; not a byte comes of it.
        self.assertIn(lines[3:-1], ([], ["no tcp"]), result.describe())
        report = result_of(result)
        self.assertGreaterEqual(report["network"]["refused"], 4)
        self.assertEqual(report["network"]["allowed"], 0)
        self.assertTrue(any("example.com" in refusal["to"] for refusal in report["network"]["refusals"]), report)
        self.assert_says(result.errors, "network policy refused .*example.com")

    def test_a_listed_host_is_reached_by_name_and_others_are_not(self):
        name, address = own_name()
        if address is None:
            self.skipTest("this host's own name does not resolve")
        with HostService() as service, HostService() as other:
            policy = self.policy("one", f"  mode: allowlist\n  allow: ['{name}:{service.port}']\n  lan: ['{address}:{service.port}']\n")
            result = self.ok("--policy", policy, "run", self.project(), "--", "sh", "-c",
                             get(service.port, "yes", name) + "; " + get(other.port, "no", name) + " > /dev/null || echo refused")
            self.assertEqual(result.text, "hello from the host\nrefused\n", result.describe())
            self.assertEqual((service.asked, other.asked), (["/yes"], []))

    def test_rules_change_while_a_session_runs(self):
        name, address = own_name()
        if address is None:
            self.skipTest("this host's own name does not resolve")
        with HostService() as service:
            policy = self.policy("later", f"  mode: allowlist\n  lan: ['{address}:{service.port}']\n")
            background = self.start("--policy", policy, "run", self.project(), "--", "sh", "-c",
                                    f"echo ready; while read line; do {get(service.port, '$line', name)} || echo refused; done")
            background.expect_line("ready")
            background.write(b"1\n")
            background.expect_line("refused")
            self.ok("policy", "allow", "last", f"{name}:{service.port}")
            background.write(b"2\n")
            background.expect_line("hello from the host")
            self.ok("policy", "deny", "last", name)
            background.write(b"3\n")
            background.expect_line("refused")
            log = [json.loads(line) for line in self.ok("logs", "--egress", "last").text.splitlines()]
            self.assertEqual(background.finish().code, 0)
            self.assertIn("allowed", {record["verdict"] for record in log})
            self.assertIn("refused", {record["verdict"] for record in log})
            self.assertEqual(service.asked, ["/2"])

    def test_without_its_gateway_a_session_has_no_network(self):
        """The gateway is killed: what was allowed fails like everything else. The way in, and the session, are none of its business."""
        name, address = own_name()
        if address is None:
            self.skipTest("this host's own name does not resolve")
        with HostService() as service:
            policy = self.policy("killed", f"  mode: allowlist\n  allow: ['{name}:{service.port}']\n  lan: ['{address}:{service.port}']\n")
            background = self.start("--policy", policy, "run", self.project(), "--", "sh", "-c",
                                    f"echo ready; while read line; do {get(service.port, '$line', name)} || echo refused; done")
            background.expect_line("ready")
            background.write(b"1\n")
            background.expect_line("hello from the host")
            [gateway] = [process.pid for process in descendants(background.pid) if process.name == "agentbox-gatewa"]
            os.kill(gateway, signal.SIGKILL)
            eventually(lambda: gateway not in {process.pid for process in descendants(background.pid)}, "the gateway is gone")
            background.write(b"2\n")
            background.expect_line("refused")
            self.assertEqual(self.ok("exec", "last", "--", "echo", "in").text, "in\n")
            self.assertEqual(background.finish().code, 0)
            self.assertEqual(service.asked, ["/1"])

    def test_a_policy_can_be_asked(self):
        policy = self.policy("asked", "  mode: allowlist\n  allow: ['*.example.org']\n")
        self.assert_says(self.ok("policy", "check", policy, "https://www.example.org/x").text, "^allowed")
        self.assert_says(self.ok("policy", "check", policy, "https://evilexample.org/", code=1).text, "^refused")


class Relayed(PolicyCase):
    def test_a_relay_in_the_guest_reaches_what_the_guest_does(self):
        """Attack: a program of the guest's relays for others, here for the host's own loopback by a published port, so that some
        request may seem to come from elsewhere. And what else goes by name and port: a server that speaks first, which is no web."""
        name, address = own_name()
        if address is None:
            self.skipTest("this host's own name does not resolve")
        port = free_port()
        with HostService() as service, HostService() as other, LineService() as lines, LineService() as unlisted:
            both = f"['{{0}}:{service.port}', '{{0}}:{lines.port}']"
            policy = self.policy("relayed", f"  mode: allowlist\n  allow: {both.format(name)}\n  lan: {both.format(address)}\n"
                                            f"  ports: ['{port}:9000']\n")
            session = self.start("--policy", policy, "run", self.project(), "--", "sh", "-c",
                                 f"python3 -c '{RELAY}' & relay=$!; cat; kill $relay")
            session.expect_line("ready")

            def ask(host, to, sent, length=65536):
                with socket.create_connection(("127.0.0.1", port), 60) as connection, contextlib.suppress(ConnectionResetError):
                    connection.settimeout(60)
                    connection.sendall(f"{host} {to}\n".encode() + sent)
                    answer = b""
                    while len(answer) < length and (piece := connection.recv(length - len(answer))):
                        answer += piece
                    return answer
                return b""

            def web(host, to, path, named=None):
                return ask(host, to, f"GET /{path} HTTP/1.1\r\nHost: {named or f'{host}:{to}'}\r\nConnection: close\r\n\r\n".encode())

            self.assertIn(b"hello from the host", web(name, service.port, "listed"))
            greeting, database = LineService.GREETING, b"\x00\x00\x00\x08\x04\xd2\x16\x2f\n"
            self.assertEqual(ask(name, lines.port, b"", len(greeting)), greeting)
            self.assertEqual(ask(name, lines.port, database, len(greeting + database)), greeting + database)
            for host, to, named in ((name, other.port, None), ("10.0.2.2", other.port, None), (address, other.port, None),
                                    ("localhost", other.port, None), (name, service.port, f"{name}:{other.port}"),
                                    (name, service.port, f"localhost:{other.port}")):
                self.assertNotIn(b"hello", web(host, to, "attack", named), (host, to, named))
            self.assertEqual(ask(name, unlisted.port, database), b"")
            self.assertEqual((service.asked, other.asked), (["/listed"], []))
            self.assertEqual(session.finish().code, 0)


class Asking(PolicyCase):
    """On a terminal. Names below example.org need not resolve: that the host tries to is what was asked for."""

    NAME = "asked.example.org"

    def session(self, policy, project, script):
        terminal = Pty("--policy", policy, "run", project, "--", "sh", "-c", script)
        self.addCleanup(terminal.__exit__)
        terminal.expect("ready")
        return terminal

    def press(self, terminal, key):
        """After a pause, as somebody does who has read the question."""
        time.sleep(2)
        terminal.send(key)

    def test_denied_allowed_and_remembered(self):
        policy, project = self.policy("ask", "  mode: allowlist\n  ask: true\n"), self.project()
        self.addCleanup(agentbox, "policy", "forget", project)
        call = "curl -sS -o /dev/null --max-time 60 http://NAME:8099/ -w '%{http_code}\\n'; "
        terminal = self.session(policy, project, "echo ready; " + call.replace("NAME", "denied.example.org") +
                                "getent hosts denied.example.org || echo no name; " + call.replace("NAME", self.NAME) + "echo over")
        terminal.expect(r"denied\.example\.org:8099.*30 s")
        self.press(terminal, "d")
        terminal.expect("no name")
        terminal.expect(r"asked\.example\.org:8099.*30 s")
        self.press(terminal, "a")
        terminal.expect("over")
        self.assertEqual(terminal.wait(), 0)
        self.assert_says(self.ok("policy", "answers").text, f"{policy} +{self.NAME}:8099")

        # A later session of this project knows it, without a terminal, too; one of another project does not.
        script = f"getent hosts {self.NAME} > /dev/null && echo known || echo unknown"
        self.assertEqual(self.ok("--policy", policy, "run", project, "--", "sh", "-c", script).text, "known\n")
        self.assertEqual(self.ok("--policy", policy, "run", self.project(), "--", "sh", "-c", script).text, "unknown\n")
        self.ok("policy", "forget", project)
        self.assertEqual(self.ok("--policy", policy, "run", project, "--", "sh", "-c", script).text, "unknown\n")

    def test_typing_is_no_answer_and_reaches_the_guest(self):
        policy = self.policy("ask", "  mode: allowlist\n  ask: true\n")
        terminal = self.session(policy, self.project(),
                                "stty -echo; echo ready; (curl -s --max-time 60 http://asked.example.org:8099/ &) ; "
                                "read line; echo got $line")
        terminal.expect("30 s")
        for key in "soda\r":
            terminal.send(key)
        self.press(terminal, "d")
        terminal.expect("got soda")
        self.assertEqual(terminal.wait(), 0)

    def test_without_a_terminal_nobody_is_asked(self):
        policy = self.policy("ask", "  mode: allowlist\n  ask: true\n")
        result = self.ok("--policy", policy, "run", self.project(), "--", "sh", "-c", "getent hosts asked.example.org || echo refused")
        self.assertEqual(result.text, "refused\n", result.describe())
        self.assert_says(self.ok("--policy", policy, "--dry-run", "shell", self.project()).text, "asking nothing: there is no terminal")
        self.assert_says(self.ok("policy", "check", policy, "https://asked.example.org/", code=1).text, "the user is asked")


class ProxyVariables(PolicyCase):
    def test_programs_that_want_them_use_the_gateways_proxy(self):
        name, address = own_name()
        if address is None:
            self.skipTest("this host's own name does not resolve")
        with HostService() as service:
            rules = f"  mode: allowlist\n  allow: ['{name}:{service.port}']\n  lan: ['{address}:{service.port}']\n"
            call = f"curl -sS --max-time 60 -o /dev/null http://{name}:{service.port}/x -w '%{{remote_ip}} %{{http_code}}\\n'"
            with_them = self.policy("proxied", rules + "  proxy-variables: true\n")
            result = self.ok("--policy", with_them, "run", self.project(), "--", "sh", "-c", call)
            self.assertEqual(result.text, "10.0.2.2 200\n", result.describe())
            result = self.ok("--policy", with_them, "--env", "http_proxy=", "run", self.project(), "--", "sh", "-c", call)
            self.assert_says(result.text, r"^198\.1[89]\.[0-9.]+ 200$")
            without = self.policy("direct", rules)
            result = self.ok("--policy", without, "run", self.project(), "--", "sh", "-c", call + "; env | grep -i _proxy || echo none")
            self.assert_says(result.text, r"^198\.1[89]\.[0-9.]+ 200\nnone$")


class Open(PolicyCase):
    def test_the_hosts_own_network_stays_closed(self):
        """Attack: the guest looks for what only this machine can see. Names that lead there are no way round."""
        name, _ = own_name()
        with HostService() as service:
            result = self.ok("--network", "open", "run", self.project(), "--", "sh", "-c",
                             "".join(f"{get(service.port, 'x', host)} > /dev/null || echo refused;"
                                     for host in (name, "10.0.2.2", "192.168.0.1", "169.254.169.254", "100.64.0.1")))
            self.assertEqual(result.text, "refused\n" * 5, result.describe())
            self.assertEqual(service.asked, [])


class BrokeredProbe:
    """For a TestCase: the probe agent, with a key that stays on the host."""

    @classmethod
    def setUpClass(cls):
        probe_agent.install_profile()

    def setUp(self):
        super().setUp()
        self.ok("base", "build", "-q", probe_agent.BASE, limit=BUILD_LIMIT)
        profile = AGENTBOX_HOME / "config/agents/probe.yaml"
        profile.write_text(BROKERED, encoding="utf-8")
        self.addCleanup(probe_agent.install_profile)


class Broker(BrokeredProbe, PolicyCase):
    def test_the_service_gets_the_key_and_the_guest_a_placeholder(self):
        """Attacks: another key, another path, a key that the service echoes; and the key is looked for on the way."""
        key = "sk-real-" + secrets.token_hex(16)
        with ModelService() as service:
            env = environment(PROBE_API_KEY=key, PROBE_BASE_URL=f"http://127.0.0.1:{service.port}")
            script = f"""
                env
                {CALL}/v1/models"; echo
                {CALL}/v1/files"; echo
                curl -sS -o /dev/null -w "%{{http_code}}\\n" -H "x-api-key: sk-of-the-attacker" "$PROBE_BASE_URL/v1/models"
                {CALL}/v1/messages" -H 'content-type: application/json' -d '{{"model": "m", "max_tokens": 1}}'; echo
            """
            result = self.ok("--json", "probe", self.project(), script, env=env)
            lines = result.text.splitlines()
            self.assertNotIn(key, result.text)
            self.assertIn("PROBE_BASE_URL=http://10.0.2.2:8080/anthropic", lines)
            self.assertTrue(any(line.startswith("PROBE_API_KEY=sk-ant-api03-") for line in lines), result.describe())
            self.assertTrue(any("you sent" in line and line.endswith(" 200") for line in lines), result.describe())
            self.assertTrue(any(line.endswith(" 403") or line.endswith(" 404") for line in lines), result.describe())
            self.assertIn("401", lines, result.describe())
            self.assertEqual({path for _, path, _, _ in service.requests}, {"/v1/models", "/v1/messages"})
            self.assertEqual({headers.get("x-api-key") for _, _, headers, _ in service.requests}, {key})
            self.assertEqual(result_of(result)["model"]["tokens"]["output"], 5, result.errors)

    def assert_leave_no_core(self, pids):
        """At a limit of one byte the kernel does not even start core_pattern's program (core(5)); at none, no dump is written to a file,
        and the gateway and the wire are not dumpable besides."""
        for pid in pids:
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
            self.assertRegex(limits, r"Max core file size +[01] +[01] +bytes", pid)

    def test_the_key_is_in_no_memory_but_the_gateways(self):
        key = "sk-real-" + secrets.token_hex(16)
        with ModelService() as service:
            env = environment(PROBE_API_KEY=key, PROBE_BASE_URL=f"http://127.0.0.1:{service.port}")
            session = self.start("probe", self.project(), f"{CALL}/v1/models\" > /dev/null; echo ready; cat", env=env)
            session.expect_line("ready")
            self.assert_leave_no_core([session.pid, *(process.pid for process in descendants(session.pid))])
            [gateway] = [process.pid for process in descendants(session.pid) if process.name == "agentbox-gatewa"]
            # proc(5): what is in there is root's, where a process is not dumpable.
            self.assertNotEqual(os.stat(f"/proc/{gateway}/environ").st_uid, os.getuid())
            self.assertEqual(os.stat(f"/proc/{session.pid}/environ").st_uid, os.getuid())
            looked_at = 0
            for process in vm_processes():
                with contextlib.suppress(OSError):
                    size = self.assert_not_in_memory(process.pid, key.encode())
                    looked_at += size if process.name.startswith("qemu") else 0  # bubblewrap's own says little
            for path in (AGENTBOX_HOME / "state").rglob("*"):
                if path.is_file():
                    self.assertNotIn(key.encode(), path.read_bytes(), path)
            self.assertEqual(session.finish().code, 0)
            if looked_at == 0:
                self.skipTest("the memory of QEMU cannot be read here")

    def test_a_key_from_a_command_for_a_service_with_an_authority_of_its_own(self):
        """The key is looked for meanwhile in what ps shows, and afterwards in the snapshot of the VM. Attack: a service that cannot prove
        who it is gets nothing."""
        key = "sk-real-" + secrets.token_hex(16)
        kept = HOME / "key-of-a-test"
        kept.write_text(key + "\n", encoding="utf-8")
        self.addCleanup(kept.unlink)
        configuration = AGENTBOX_HOME / "config/config.yaml"
        self.assertFalse(configuration.exists(), "another test has left its settings")
        configuration.write_text(f"keys:\n  - name: PROBE_API_KEY\n    command: [cat, {kept}]\n", encoding="utf-8")
        self.addCleanup(configuration.unlink)
        authority = Authority()
        self.addCleanup(authority.close)
        self.addCleanup(agentbox, "snapshot", "rm", "e2e-key")
        with ModelService(authority) as service:
            env = environment(PROBE_API_KEY=None, PROBE_BASE_URL=f"https://localhost:{service.port}")
            call = f"{CALL}/v1/models\""
            with WatchedProcesses(key) as watched:
                result = self.ok("--on-exit", "snapshot", "--snapshot-name", "e2e-key", "probe", self.project(), call,
                                 env={**env, "SSL_CERT_FILE": str(authority.certificate)})
            self.assert_says(result.text, " 200$")
            self.assertEqual({headers.get("x-api-key") for _, _, headers, _ in service.requests}, {key})
            self.assertEqual(watched.found, [])
            self.assertGreater(watched.rounds, 10)
            for place in ("data/snapshots", "state", "config"):
                self.assert_nowhere_below(AGENTBOX_HOME / place, key)
            service.requests.clear()
            refused = self.ok("probe", self.project(), call, env=env)
            self.assert_says(refused.text, "did not prove who it is")
            self.assert_says(refused.text, " 502$")
            self.assertEqual(service.requests, [])

    def test_without_credentials_there_is_neither_key_nor_placeholder(self):
        env = environment(PROBE_API_KEY="sk-real-x", PROBE_BASE_URL=None)
        result = self.ok("--credentials", "none", "probe", self.project(), 'echo "key: $PROBE_API_KEY."; '
                         "curl -s -o /dev/null -w '%{http_code}\\n' http://10.0.2.2:8080/anthropic/v1/models", env=env)
        self.assertEqual(result.text, "key: .\n503\n", result.describe())

    def test_a_placeholder_opens_its_own_session_only(self):
        """Attack: a placeholder of another session, of the same agent with the same key, while that runs and when it is over."""
        with ModelService() as service:
            env = environment(PROBE_API_KEY="sk-real-" + secrets.token_hex(16), PROBE_BASE_URL=f"http://127.0.0.1:{service.port}")
            script = ('echo "$PROBE_API_KEY"; while read key; do curl -sS --max-time 60 -o /dev/null -w "%{http_code}\\n" '
                      '-H "x-api-key: $key" "$PROBE_BASE_URL/v1/models"; done')
            sessions = [self.start("probe", self.project(), script, env=env) for _ in range(2)]
            placeholders = [session.read_line() for session in sessions]
            self.assertNotEqual(placeholders[0], placeholders[1])

            def tried(number, placeholder):
                sessions[number].write(placeholder)
                return sessions[number].read_line()

            self.assertEqual(tried(1, placeholders[0]), b"401\n")
            self.assertEqual(tried(0, placeholders[0]), b"200\n")
            self.assertEqual(sessions[0].finish().code, 0)
            self.assertEqual(tried(1, placeholders[0]), b"401\n")
            self.assertEqual(tried(1, placeholders[1]), b"200\n")
            self.assertEqual(sessions[1].finish().code, 0)
            self.assertEqual(len(service.requests), 2)

    def test_limits(self):
        key = "sk-real-" + secrets.token_hex(16)
        with ModelService() as service:
            env = environment(PROBE_API_KEY=key, PROBE_BASE_URL=f"http://127.0.0.1:{service.port}")
            call = f"{CALL}/v1/messages\" -H 'content-type: application/json' -d '{{}}' -o /dev/null; echo;"
            result = self.ok("--max-requests", "2", "probe", self.project(), call * 3, env=env, code=122)
            self.assertEqual(result.text.split(), ["200", "200", "402"], result.describe())
            self.assertEqual(len(service.requests), 2)
            call = call.replace(" -o /dev/null", "")
            result = self.ok("--json", "--max-tokens", "24", "probe", self.project(), call * 3, env=env, code=122)  # a call takes 12
            lines = result.text.splitlines()
            self.assertEqual([line.rsplit(" ", 1)[1] for line in lines], ["200", "200", "402"], result.describe())
            self.assert_says(json.loads(lines[2].rsplit(" ", 1)[0])["error"]["message"], "the session's limit of 24 tokens")
            self.assertEqual(result_of(result)["model"]["tokens"]["total"], 24)
