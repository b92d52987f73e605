// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "integration/vm/tiny_guest.hpp"
#include "integration/vm/vm_support.hpp"
#include "support/catch.hpp"
#include "vm/qemu/confinement.hpp"
#include "vm/qemu/probe.hpp"

#include <cstdlib>
#include <iostream>
#include <thread>

namespace agentbox::guest_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

// A real kernel, frozen and forked. Each test boots one tiny guest under emulation.

namespace {

QemuProgram real_qemu(const VmTest& test) {
  const char* chosen = std::getenv("AGENTBOX_TEST_QEMU");
  if (chosen == nullptr) {
    need_program("qemu-system-x86_64");
  }
  return find_qemu(chosen == nullptr ? "" : chosen, test.path());
}

/// The last number that a console says in full; 0 for none.
int last_tick(const std::string& console) {
  const auto end = console.rfind('>');
  const auto start = end == std::string::npos ? end : console.rfind("<tick ", end);
  return start == std::string::npos ? 0 : std::stoi(console.substr(start + 6));
}

int wait_for_tick(QemuMachine& machine, int wanted) {
  const Deadline deadline = Clock::now() + std::chrono::seconds(200);
  while (machine.running() && Clock::now() < deadline) {
    const int tick = last_tick(machine.console_tail());
    if (tick >= wanted) {
      return tick;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // a file has no event for more content
  }
  FAIL("the guest never said " << wanted << ": " << machine.diagnostics());
  return 0;
}

}  // namespace

TEST_CASE("forks go on where their template was frozen, each for itself, and leave it as it was") {
  if (const auto problem = confinement_problem()) {
    skip("no confinement here: " + *problem);
  }
  const VmTest test;
  const QemuProgram qemu = real_qemu(test);
  VmSpec spec = test.spec(qemu.path.native());
  spec.qemu_version = qemu.version;
  spec.boot = tiny_guest(test.path());
  spec.ram = SharedRamFile{test.path() / "ram"};
  spec.console_log = test.session() / "console.log";
  write_file_atomically(test.path() / "base.raw", std::string(1 << 20, '\0'));
  create_overlay(test.session() / "disk.qcow2", {test.path() / "base.raw", DiskLayer::Format::raw});
  spec.disk = {{test.session() / "disk.qcow2"}, {test.path() / "base.raw", DiskLayer::Format::raw}};

  QemuMachine made = QemuMachine::start(spec, test.files(Confinement::bubblewrap));
  wait_for_tick(made, 3);
  made.freeze(test.path() / "state");
  const int frozen_at = last_tick(made.console_tail());
  made.quit();
  const std::string ram = sha512_hex_of_file(test.path() / "ram");

  // Both at once: a private mapping is private.
  std::vector<QemuMachine> forks;
  for (const char* name : {"fork-1", "fork-2"}) {
    const MachineFiles files{test.path() / name, Confinement::bubblewrap};
    fs::create_directories(files.directory);
    create_overlay(files.directory / "disk.qcow2", {test.session() / "disk.qcow2"});
    VmSpec fork = spec;
    fork.boot = IncomingState{};
    fork.ram = PrivateRamFile{test.path() / "ram"};
    fork.console_log.clear();
    fork.disk.insert(fork.disk.begin(), {files.directory / "disk.qcow2"});
    forks.push_back(QemuMachine::start(fork, files));
    forks.back().restore(test.path() / "state");
  }
  std::vector<std::uint16_t> ports;
  for (auto& fork : forks) {
    const int tick = wait_for_tick(fork, 1);
    CHECK(tick >= frozen_at);  // a boot would begin at 1 again
    wait_for_tick(fork, tick + 3);
    ports.push_back(fork.ssh_port().number());
  }
  CHECK(ports[0] != ports[1]);
  forks.clear();
  CHECK(sha512_hex_of_file(test.path() / "ram") == ram);
}

TEST_CASE("a damaged state is an error with QEMU's words") {
  const VmTest test;
  const QemuProgram qemu = real_qemu(test);
  VmSpec spec = test.spec(qemu.path.native());
  write_file_atomically(test.path() / "ram", "");
  fs::resize_file(test.path() / "ram", spec.shape.memory.bytes());
  spec.boot = IncomingState{};
  spec.ram = PrivateRamFile{test.path() / "ram"};
  write_file_atomically(test.path() / "state", std::string(200000, 'x'));
  QemuMachine machine = QemuMachine::start(spec, test.files(Confinement::none));
  try {
    machine.restore(test.path() / "state");
    FAIL("restored");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::backend);
    CHECK(error.hint().find("QEMU said: ") != std::string::npos);
  }
}

// A host where KVM opens and yet hangs every guest is the reason for the probe; here it must come to a true verdict.
TEST_CASE("the probe's verdict holds: under the accelerator it chose a kernel comes up") {
  const VmTest test;
  const QemuProgram qemu = real_qemu(test);
  const DirectBoot guest = tiny_guest(test.path());
  const AcceleratorVerdict verdict = choose_accelerator(qemu, guest.kernel, guest.initrd, test.path() / "cache", "");
  INFO(verdict.reason);
  std::cerr << "verdict: " << to_string(verdict.accelerator) << ", " << verdict.reason << "\n";

  VmSpec spec = test.spec(qemu.path.native());
  spec.shape.accelerator = verdict.accelerator;
  spec.boot = DirectBoot{guest.kernel, guest.initrd, "console=ttyS0 agentbox.probe quiet panic=-1"};
  spec.console_log = test.session() / "console.log";
  QemuMachine machine = QemuMachine::start(spec, test.files(Confinement::none));
  CHECK(machine.wait_until_ended(Clock::now() + std::chrono::seconds(200)));
  CHECK(machine.console_tail().find("AGENTBOX-PROBE-OK") != std::string::npos);
}

}  // namespace agentbox::guest_test
