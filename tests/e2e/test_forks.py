# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Forks of one template must not be twins.

Attack: two machines restored from one saved state draw the same random numbers, so the keys that one session makes are known
to another. Without vmgenid, three of eight forks that started at once printed the same bytes from /dev/urandom.
"""

import concurrent.futures
import json
import pathlib
import secrets
import tempfile
import time

import bare_machine
import ssh_exchange
from harness import TestCase, agentbox, session_record

# What programs take for their own. The kernel's random bytes come first: the sooner after the restore, the likelier a twin.
WHO = r"""
import json, os, pathlib, random, subprocess, sys, time, uuid
def read(path): return pathlib.Path(path).read_text().strip()
def run(*words): return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
drawn = {"urandom": sys.argv[1], "kernel's uuid": read("/proc/sys/kernel/random/uuid"), "getrandom": os.getrandom(16).hex(),
         "python's generator": str(random.random()), "uuid4": str(uuid.uuid4())}
node = json.loads(run("node", "-e", "console.log(JSON.stringify([Math.random(), require('crypto').randomUUID()]))"))
print(json.dumps({**drawn, "node's generator": str(node[0]), "node's uuid": node[1],
    "host name": os.uname().nodename, "machine-id": read("/etc/machine-id"), "boot id": read("/proc/sys/kernel/random/boot_id"),
    "MAC": read("/sys/class/net/eth0/address"), "node part of uuid1": hex(uuid.getnode()),
    "host key": run("ssh-keyscan", "-T", "300", "-t", "ed25519", "127.0.0.1").split()[-1],
    "hostname file": read("/etc/hostname"), "clock": time.time(),
    "leases": [str(path) for place in ("/run/systemd/netif/leases", "/var/lib/dhcp", "/var/lib/NetworkManager") for path in pathlib.Path(place).glob("*")]}))
"""
COMMAND = ("sh", "-c", 'exec python3 -c "$0" "$(head -c 16 /dev/urandom | od -An -tx1)"', WHO)
FORKS = 20

def ephemeral_keys(machine, directory, reseed):
    """Of the SSH servers of two machines that were started by hand, with the generation id that the template was frozen with: no
    guest's kernel then sees that it is another one."""
    keys = []
    for name in ("one", "two"):
        with machine.started(directory / name, generation=machine.generation()) as running:
            if reseed:
                entropy = secrets.token_hex(64)
                running.control.sendall(f"{len(entropy)}\n{entropy}".encode())
                answer = running.control.recv(64)
                if not answer.startswith(b"reseeded\n"):
                    raise ValueError(answer)
            keys.append(ssh_exchange.ephemeral_key_of_server(running.ssh).hex())
    return keys


class Forks(TestCase):
    def test_twenty_at_once_are_all_different(self):
        project = self.project()
        before = time.time()
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            results = list(pool.map(lambda _: agentbox("run", project, "--", *COMMAND), range(FORKS)))
        for result in results:
            self.assertEqual((result.code, result.err), (0, b""), result.describe())
        after = time.time()
        forks = [json.loads(result.text) for result in results]
        for name in forks[0]:
            values = [fork[name] for fork in forks]
            if name == "hostname file":
                self.assertEqual(values, [fork["host name"] for fork in forks])
            elif name == "clock":
                self.assertTrue(before - 1 < min(values) <= max(values) < after + 1, (before, values, after))
            elif name == "leases":
                self.assertEqual(values, [[]] * FORKS, "no DHCP server knows it by anything: its address is static, in a network of its own")
            else:
                self.assertEqual(len(set(values)), FORKS, f"{name}: {values}")

    def test_a_further_connection_goes_by_the_key_of_this_fork(self):
        """Its server would otherwise show the key that each fork of the base has."""
        background, directory = self.start_session(self.project())
        shown = self.ok("exec", "last", "--", "ssh-keyscan", "-T", "300", "-t", "ed25519", "127.0.0.1").text.split()[-1]
        record = session_record(directory)
        self.assertEqual(record["host_key"], f"ssh-ed25519 {shown}")
        base = json.loads((pathlib.Path(record["base_build"]) / "manifest.json").read_text(encoding="utf-8"))
        self.assertNotEqual(record["host_key"], base["host_key"])
        self.assertEqual(background.finish().code, 0)

    def test_without_protection_they_would_be_twins(self):
        """So that we know that the test above can fail, and that the explicit reseeding does not depend on vmgenid: both servers of
        two unprotected machines make the very same key. Not each time: on a busy host the moments of interrupts, which the guest's
        kernel stirs in, differ."""
        background, directory = self.start_session(self.project())
        machine = bare_machine.BareMachine.of_session(directory)
        with tempfile.TemporaryDirectory() as scratch:
            pairs = (ephemeral_keys(machine, pathlib.Path(scratch) / f"pair-{number}", reseed=False) for number in range(8))
            twins = next((pair for pair in pairs if pair[0] == pair[1]), None)
            self.assertIsNotNone(twins, "no two machines without protection were twins: the test above cannot fail")
            reseeded = ephemeral_keys(machine, pathlib.Path(scratch) / "reseeded", reseed=True)
        self.assertEqual(background.finish().code, 0)
        self.assertEqual(len({*twins, *reseeded}), 3, (twins, reseeded))

    def test_one_after_the_other_right_after_the_restore(self):
        project = self.project()
        drawn = [self.ok("run", project, "--", "head", "-c", "16", "/dev/urandom").out for _ in range(5)]
        self.assertEqual(len(set(drawn)), len(drawn), drawn)

    def test_the_clock_is_the_hosts(self):
        """The template's stopped when it was frozen, which may be a month ago."""
        before = time.time()
        guest = float(self.ok("run", self.project(), "--", "date", "+%s.%N").text)
        self.assertGreater(guest, before - 1)
        self.assertLess(guest, time.time() + 1)

    def test_what_stood_still_for_the_start_goes_on(self):
        """systemd and its services do, until the command has had a moment (docs/decisions/0067); systemctl waits for systemd. And who logs in
        on the launcher's account gets a shell."""
        result = self.ok("run", self.project(), "--", "sudo", "sh", "-c",
                         "systemctl is-active dbus.service systemd-journald.service && cat /sys/fs/cgroup/init.scope/cgroup.events && "
                         "su agentbox-launcher -c 'id -un; echo $0'")
        self.assertEqual(result.text.splitlines(), ["active", "active", "populated 1", "frozen 0", "root", "sh"], result.describe())

    def test_the_launchers_account_is_for_its_port_alone(self):
        """Its password is empty (docs/decisions/0081); who connects otherwise is not let in, even where the image would."""
        result = self.ok("run", self.project(), "--", "sudo", "sh", "-c",
                         "sed -i '1i PermitRootLogin yes\\nPasswordAuthentication yes\\nPermitEmptyPasswords yes' /etc/ssh/sshd_config && "
                         "ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null agentbox-launcher@127.0.0.1 true", code=255)
        self.assert_says(result.errors, r"Permission denied \(publickey\)")

    def test_what_one_does_the_next_does_not_see(self):
        project = self.project()
        self.ok("run", project, "--", "sh", "-c", "echo x > ~/left; sudo sh -c 'echo x > /etc/left'; rm -rf ~/.bashrc")
        result = self.ok("run", project, "--", "sh", "-c", "ls ~/left /etc/left 2>/dev/null; ls -A ~ | grep bashrc")
        self.assertEqual(result.text, ".bashrc\n")
