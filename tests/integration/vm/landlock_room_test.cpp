// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/landlock_room.hpp"

#include "core/error.hpp"
#include "integration/vm/probe_support.hpp"
#include "support/catch.hpp"
#include "sys/walls.hpp"
#include "vm/qemu/confinement.hpp"
#include "vm/qemu/syscall_filter.hpp"

#include <fcntl.h>

#include <algorithm>
#include <csignal>

namespace agentbox::landlock_room_test {

// QEMU without namespaces: the real one, and in its place a probe that tries what a guest would that has taken it over.

using namespace agentbox::test;
namespace fs = std::filesystem;

namespace {

void need_landlock() {
  if (const auto problem = landlock_problem()) {
    skip(*problem);
  }
}

struct ProbeRun {
  // The program itself: what stands first in PATH may be a script that starts it.
  std::string python = fs::exists("/usr/bin/python3") ? "/usr/bin/python3" : need_program("python3");
  VmTest test;
  Surroundings host{test};

  VmSpec spec() const {
    VmSpec spec = test.spec(python);
    spec.qemu_version = "10.0.2";
    spec.ram = PrivateRamFile{host.template_file};
    spec.network = WireNetwork{};
    return spec;
  }
  Walls walls() const {
    PathRules rules = landlock_rules(spec(), test.files(Confinement::landlock), inspect_host_files(python));
    rules.push_back({PathRule::Access::read, AGENTBOX_TEST_SUPPORT_DIR});  // the probe's own text
    return {make_ruleset(rules, LandlockNetwork::none), {set_uid_filter(), landlock_gap_filter(spec().network)}};
  }
  Captured run(const Walls* walls, const char* more = "PROBE_EXEC=") const {
    return run_and_capture({.argv = {python, "-I", "-S", AGENTBOX_TEST_SUPPORT_DIR "/probe.py", host.outside, test.session(),
                                     test.workspace(), host.template_file, std::to_string(host.peer.pid()),
                                     std::to_string(host.port), host.outside / "sock", host.abstract_name},
                            .environment = std::vector<std::string>{"PATH=/usr/bin:/bin", more},
                            .working_directory = test.session(),
                            .fds = {},
                            .walls = walls},
                           std::chrono::seconds(60));
  }
};

/// The golden list. The last two are what Landlock does not cover (docs/decisions/0009).
const Names kReachable = {"reads /usr",
                          "makes files in its own directory",
                          "makes files in the workspace",
                          "moves files in the workspace",
                          "reads its template",
                          "sees that a file is there",
                          "changes a file's mode"};

std::string status_line(pid_t pid, const std::string& name) {
  for (const auto& line : split(read_file("/proc/" + std::to_string(pid) + "/status"), '\n')) {
    if (line.starts_with(name + ":")) {
      return std::string(trim(line.substr(name.size() + 1)));
    }
  }
  return {};
}

}  // namespace

TEST_CASE("without namespaces too what runs in QEMU's place reaches its own files and nothing else") {
  need_landlock();
  const ProbeRun probe;
  const Walls walls = probe.walls();
  CHECK(worked(probe.run(&walls)) == kReachable);
  CHECK(read_file(probe.host.outside / "victim") == "the user's");
  CHECK(read_file(probe.host.template_file) == "ram");
}

// A list of what is refused proves nothing if the probe cannot do these things anyway.
TEST_CASE("the probe reports more for each wall that is taken away") {
  need_landlock();
  const ProbeRun probe;
  SECTION("no wall at all") {
    const Names more = without(worked(probe.run(nullptr)), kReachable);
    for (const char* name : {"lists a home", "reads a secret", "reads a secret by a link in the workspace", "reads /etc/passwd",
                             "reads another process in /proc", "empties its template", "makes a file elsewhere",
                             "links a secret into the workspace", "makes a set-uid program", "signals another process", "starts a process",
                             "connects to loopback", "connects to a unix socket", "connects to an abstract socket",
                             "makes shared memory", "watches files"}) {
      INFO(name);
      CHECK(more.contains(name));
    }
  }
  SECTION("no Landlock") {
    Walls walls = probe.walls();
    walls.ruleset = make_ruleset({{PathRule::Access::write_tree, "/"}, {PathRule::Access::run, "/"}}, LandlockNetwork::none);
    const Names more = without(worked(probe.run(&walls)), kReachable);
    CHECK(more == Names{"lists the root", "lists a home", "reads a secret", "reads a secret by a link in the workspace",
                        "reads /etc/passwd", "writes to its template", "makes a file elsewhere", "removes a file elsewhere",
                        "moves a file out of the workspace", "links a secret into the workspace"});
  }
  SECTION("no filter of QEMU's own") {
    Walls walls = probe.walls();
    walls.filters = {};
    const Names more = without(worked(probe.run(&walls)), kReachable);
    for (const char* name : {"connects to a unix socket", "makes a set-uid program", "makes a netlink socket"}) {
      INFO(name);
      CHECK(more.contains(name));
    }
    CHECK_FALSE(more.contains("reads a secret"));
    CHECK_FALSE(more.contains("starts a process"));
  }
}

// The way past a rule that lets QEMU be executed: ld.so, which is a program and runs others.
TEST_CASE("what runs in QEMU's place cannot become another program: trying kills it") {
  need_landlock();
  const ProbeRun probe;
  const Walls walls = probe.walls();
  const Captured result = probe.run(&walls, "PROBE_EXEC=1");
  CHECK(result.output.find("done") != std::string::npos);
  CHECK(result.status == ExitStatus::signaled(SIGSYS));
  CHECK(probe.run(nullptr, "PROBE_EXEC=1").status.success());
}

TEST_CASE("real QEMU works behind Landlock and seccomp, in directories of any name") {
  need_landlock();
  const std::string qemu = need_program("qemu-system-x86_64");
  const VmTest test;
  VmSpec spec = test.spec(qemu);
  MachineFiles files = test.files(Confinement::landlock);
  spec.workspace.directory = test.path() / "we,ird=on \"'\\\n\xc3\xa9";
  files.directory = test.path() / "own,files=x";
  fs::create_directories(spec.workspace.directory);
  fs::create_directories(files.directory);
  write_file_atomically(test.path() / "base,file=x.raw", std::string(1 << 20, '\0'));
  create_overlay(files.directory / "top.qcow2", {test.path() / "base,file=x.raw", DiskLayer::Format::raw});
  spec.disk = {{files.directory / "top.qcow2"}, {test.path() / "base,file=x.raw", DiskLayer::Format::raw}};
  spec.ram = SharedRamFile{test.path() / "ram"};
  spec.console_log = files.directory / "console.log";
  SECTION("with a wire") {
    SocketPair cable = make_socket_pair();
    spec.network = WireNetwork{cable.theirs.get()};
    QemuMachine machine = QemuMachine::start(spec, files);
    const pid_t pid = machine.pid();
    CHECK(status_line(pid, "Name") == fs::path(qemu).filename().native().substr(0, 15));
    CHECK(status_line(pid, "NoNewPrivs") == "1");
    CHECK(status_line(pid, "Seccomp") == "2");
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
      CHECK(status_line(pid, set) == "0000000000000000");
    }
    const auto filters = status_line(pid, "Seccomp_filters");
    CHECK((filters.empty() || std::stoi(filters) == 4));  // three of ours, one of QEMU's own
    CHECK(fs::exists(spec.console_log));
    machine.quit();
    CHECK_FALSE(machine.running());
  }
  SECTION("with its own network") {
    QemuMachine machine = QemuMachine::start(spec, files);
    CHECK(machine.ssh_port().number() > 0);
  }
  SECTION("a device state goes out and comes in") {
    SocketPair cable = make_socket_pair();
    spec.network = WireNetwork{cable.theirs.get()};
    QemuMachine machine = QemuMachine::start(spec, files);
    machine.freeze(test.path() / "state");
    machine.quit();
    spec.boot = IncomingState{};
    spec.ram = PrivateRamFile{test.path() / "ram"};
    QemuMachine fork = QemuMachine::start(spec, files);
    fork.restore(test.path() / "state");
    CHECK(fork.running());
  }
}


}  // namespace agentbox::landlock_room_test
