# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What the guest reaches, and what it does not."""

import contextlib
import http.server
import os
import pathlib
import socket
import threading
import urllib.request

from harness import TestCase, agentbox, descendants, eventually, processes, session_record

# The guest's default gateway. QEMU's user networking shows the host there; a network room must not.
HOST_SEEN_FROM_GUEST = "10.0.2.2"


class HostService:
    """A web server on the host's loopback that remembers what it was asked."""

    def __enter__(self):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                asked.append(self.path)
                body = b"hello from the host\n"
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def fetch(port, path, host="127.0.0.1"):
    return f"curl -fsS --max-time 20 http://{host}:{port}/{path}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Published(TestCase):
    def test_a_server_of_the_guest_on_the_hosts_loopback(self):
        """One that listens on the guest's loopback only, as development servers do; and without any network, too."""
        project = self.project(in_txt="from the guest\n")
        port = free_port()
        session = self.start("run", "--network", "offline", "--publish", f"{port}:3000", project, "--", "sh", "-c",
                             "python3 -m http.server --bind 127.0.0.1 3000 > /dev/null 2>&1 & echo ready; cat")
        session.expect_line("ready")

        def fetched():
            with contextlib.suppress(OSError):  # it may not be up yet
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/in.txt", timeout=30) as answer:
                    return answer.read()
            return None
        self.assertEqual(eventually(fetched, "the server answers"), b"from the guest\n")
        second = agentbox("run", "--publish", port, project, "--", "true")
        self.assertEqual(second.code, 125, second.describe())
        self.assert_says(second.errors, f"127.0.0.1:{port}: Address already in use")
        self.assertEqual(session.finish().code, 0)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


class Offline(TestCase):
    def test_nothing_is_reached_but_what_was_allowed(self):
        """One session for all of it: attempts to get out, then the port that the user opened."""
        with HostService() as service:
            result = self.ok("run", "--network", "offline", "--host-port", service.port, self.project(), "--", "sh", "-c", f"""
                {fetch(service.port, "gateway", HOST_SEEN_FROM_GUEST)} || echo no host
                {fetch(80, "", "192.0.2.1")} || echo no internet
                timeout 30 getent hosts example.com || echo no names
                timeout 10 ping -c 1 -W 5 {HOST_SEEN_FROM_GUEST} > /dev/null 2>&1 || echo no echo
                ip -6 route show default; echo end of ipv6
                {fetch(service.port, "allowed")}
            """)
            self.assertEqual(result.text.splitlines(),
                             ["no host", "no internet", "no names", "no echo", "end of ipv6", "hello from the host"],
                             result.describe())
            self.assertEqual(service.asked, ["/allowed"])

    def test_by_policy(self):
        with HostService() as service:
            result = self.ok("run", "--policy", "offline", self.project(), "--", "sh", "-c",
                             fetch(service.port, "gateway", HOST_SEEN_FROM_GUEST) + " || echo no host")
            self.assertEqual((result.out, service.asked), (b"no host\n", []), result.describe())


class HostPort(TestCase):
    def test_a_service_of_the_host_on_the_guests_loopback(self):
        with HostService() as service:
            result = self.ok("run", "--host-port", service.port, self.project(), "--", "sh", "-c",
                             fetch(service.port, "1") + "; " + fetch(service.port, "2"))
            self.assertEqual(result.text, "hello from the host\n" * 2)
            self.assertEqual(service.asked, ["/1", "/2"])

    def test_under_another_number(self):
        with HostService() as service:
            result = self.ok("run", "--host-port", f"8123:{service.port}", self.project(), "--", "sh", "-c", fetch(8123, "x"))
            self.assertEqual((result.text, service.asked), ("hello from the host\n", ["/x"]))

    def test_nobody_listens_there(self):
        with HostService() as service:
            port = service.port
        result = self.ok("run", "--host-port", port, self.project(), "--", "sh", "-c", fetch(port, "") + " || echo refused; echo alive")
        self.assertEqual(result.text, "refused\nalive\n")

    def test_many_connections_at_once(self):
        with HostService() as service:
            result = self.ok("run", "--host-port", service.port, self.project(), "--", "sh", "-c",
                             f"for i in 1 2 3 4 5 6 7 8; do {fetch(service.port, '$i')} & done; wait")
            self.assertEqual(result.text, "hello from the host\n" * 8)
            self.assertEqual(len(service.asked), 8)

    def test_a_port_cannot_be_two_services(self):
        wrong = self.ok("run", "--host-port", "8000:9000", "--host-port", "8000:9001", self.project(), "--", "true", code=2)
        self.assert_says(wrong.errors, "8000")


class TheWayIn(TestCase):
    """The host's end of the guest's SSH server must not be an open door to other users of the host."""

    @staticmethod
    def listening():
        """This user's listening TCP sockets: inode and address (proc(5), net/tcp)."""
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in table][1:]
        return {row[9]: row[1] for row in rows if row[3] == "0A" and int(row[7]) == os.getuid()}

    @staticmethod
    def held_by_others(session):
        """Inodes of all sockets that programs which do not belong to the session have open: tests run beside this one."""
        mine = {session, *(process.pid for process in descendants(session))}
        found = set()
        for pid in set(processes()) - mine:
            with contextlib.suppress(OSError):
                links = [os.readlink(entry) for entry in os.scandir(f"/proc/{pid}/fd")]
                found |= {link[len("socket:["):-1] for link in links if link.startswith("socket:[")}
        return found

    def test_a_session_has_no_tcp_port(self):
        before = self.listening()
        background, directory = self.start_session(self.project())
        record = session_record(directory)
        self.assertEqual(record["ssh_port"], 0)
        first, others, last = self.listening(), self.held_by_others(background.pid), self.listening()
        # What another program has all the while is among the others'.
        new = {inode: address for inode, address in last.items() if inode in first and inode not in before and inode not in others}
        self.assertEqual(new, {})
        dial = pathlib.Path(record["dial_socket"])
        self.assertEqual(dial.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.ok("exec", directory.name, "--", "echo", "in").text, "in\n")
        self.assertEqual(background.finish().code, 0)
        self.assertFalse(dial.exists())


class TheWire(TestCase):
    def test_frames_as_large_as_the_room_takes_and_refusals_at_once(self):
        """The card's size comes from the host. A datagram to anywhere is answered by a refusal, not by silence."""
        result = self.ok("run", self.project(), "--", "sh", "-c",
                         "cat /sys/class/net/eth0/mtu; "
                         "python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.connect((\"192.0.2.1\", 123)); "
                         "s.send(b\"x\"); s.settimeout(30); s.recv(1)' 2>&1 | tail -n 1; "
                         "ls /proc/sys/net/ipv6/conf/eth0 > /dev/null 2>&1; ip -6 route show default; echo end")
        mtu, refusal, *rest = result.text.splitlines()
        self.assertEqual((mtu, rest), ("65520", ["end"]), result.describe())
        self.assertIn("No route to host", refusal)
