// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "integration/vm/vm_support.hpp"
#include "support/catch.hpp"
#include "sys/pidfd.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>

namespace agentbox::fake_machine_test {

using agentbox::test::VmTest;

// QemuMachine against a QEMU that does what real ones do at their worst.

namespace {

/// The Error that step throws; fails the test when it throws none.
template <typename Step>
Error error_of(Step step) {
  try {
    step();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return {ErrorKind::internal, ""};
}

Deadline in(std::chrono::milliseconds time) { return Clock::now() + time; }

/// Watches a process from outside, so that a test can say that it is gone.
UniqueFd watch(const QemuMachine& machine) {
  auto start = process_start_time(machine.pid());
  REQUIRE(start);
  return open_process(machine.pid(), *start);
}

}  // namespace

TEST_CASE("a QEMU that behaves is started, restored, asked and ended") {
  const VmTest test;
  write_file_atomically(test.path() / "state", std::string(300000, 's'));  // more than a pipe holds
  QemuMachine machine = test.start_fake(GENERATE(as<std::string>(), "behave", "chatty"));
  CHECK(machine.running());
  machine.restore(test.path() / "state");
  CHECK(read_file(test.session() / "fake-state") == std::string(300000, 's'));
  CHECK(machine.ssh_port() == Port(40022));
  machine.freeze(test.path() / "saved");
  CHECK(read_file(test.path() / "saved") == "device state");
  machine.quit();
  CHECK_FALSE(machine.running());
}

TEST_CASE("the console's tail is escaped, and the same when asked again") {
  const VmTest test;
  QemuMachine machine = test.start_fake("behave");
  CHECK(machine.console_tail() == "last words of the guest \\x1b]0;x\\x07\\x0a");
  CHECK(machine.console_tail() == "last words of the guest \\x1b]0;x\\x07\\x0a");
}

// Whatever the user called the project, QEMU sees a descriptor.
TEST_CASE("an unconfined QEMU gets the workspace as a descriptor") {
  const VmTest test;
  VmSpec spec = test.spec(test.fake_qemu("behave"));
  spec.workspace.directory = test.path() / "a,readonly=off=\"\n";
  std::filesystem::create_directory(spec.workspace.directory);
  QemuMachine machine = QemuMachine::start(spec, test.files(Confinement::none));
  const auto argv = nlohmann::json::parse(read_file(test.session() / "fake-argv.json")).get<std::vector<std::string>>();
  CHECK(std::ranges::find(argv, "local,id=ws,path=/proc/self/fd/4,security_model=none,multidevs=remap") != argv.end());
  CHECK(std::filesystem::read_symlink("/proc/" + std::to_string(machine.pid()) + "/fd/4") == spec.workspace.directory);
}

TEST_CASE("a QEMU that dies at once is an error with its own words, escaped") {
  const VmTest test;
  const Error error = error_of([&] { return test.start_fake("die-at-start"); });
  CHECK(error.kind() == ErrorKind::backend);
  CHECK(std::string(error.what()).find("cannot start the VM") != std::string::npos);
  CHECK(error.hint().find("Cannot allocate memory") != std::string::npos);
  CHECK(error.hint().find('\x1b') == std::string::npos);
}

TEST_CASE("a QEMU that dies before it greets, or greets with something else, is an error") {
  const VmTest test;
  for (const char* mode : {"die-before-greeting", "garbage", "huge-line"}) {
    INFO(mode);
    CHECK(error_of([&] { return test.start_fake(mode); }).kind() == ErrorKind::backend);
  }
}

TEST_CASE("a user who loses patience with a QEMU that hangs gets out, and QEMU with them") {
  const VmTest test;
  const std::string qemu = test.fake_qemu("never-greet");
  // From outside, once QEMU is up: it leaves its arguments behind.
  const auto impatience =
      ChildProcess::spawn({.argv = {"sh", "-c", "until test -s fake-argv.json; do sleep 0.05; done; kill -TERM $PPID"},
                           .environment = {},
                           .working_directory = test.session(),
                           .fds = {}});
  CHECK_THROWS_AS(QemuMachine::start(test.spec(qemu), test.files(Confinement::none)), Interrupted);
}

TEST_CASE("a restore that fails is an error, whichever way it fails") {
  const VmTest test;
  write_file_atomically(test.path() / "state", std::string(300000, 's'));
  for (const char* mode : {"die-in-restore", "fail-in-restore", "refuse-state"}) {
    INFO(mode);
    QemuMachine machine = test.start_fake(mode);
    const Error error = error_of([&] { machine.restore(test.path() / "state"); });
    CHECK(error.kind() == ErrorKind::backend);
    CHECK(std::string(error.what()).find("cannot restore the VM") != std::string::npos);
    if (mode == std::string("die-in-restore")) {
      CHECK(error.hint().find("load of migration failed") != std::string::npos);
    }
  }
}

TEST_CASE("a freeze that breaks off is an error") {
  const VmTest test;
  QemuMachine machine = test.start_fake("die-in-freeze");
  CHECK(error_of([&] { machine.freeze(test.path() / "saved"); }).kind() == ErrorKind::backend);
}

TEST_CASE("a missing forward is an error") {
  const VmTest test;
  QemuMachine machine = test.start_fake("no-forward");
  CHECK(error_of([&] { return machine.ssh_port(); }).kind() == ErrorKind::backend);
}

TEST_CASE("power-off is waited for, and given up on at the deadline") {
  const VmTest test;
  QemuMachine obeys = test.start_fake("behave");
  CHECK(obeys.power_off(in(std::chrono::seconds(60))));
  CHECK_FALSE(obeys.running());
  CHECK(obeys.power_off(in(std::chrono::seconds(60))));  // off already

  QemuMachine ignores = test.start_fake("ignore-powerdown");
  CHECK_FALSE(ignores.power_off(in(std::chrono::milliseconds(200))));
  CHECK(ignores.running());
}

TEST_CASE("how a QEMU ended is told in words") {
  const VmTest test;
  for (const auto& [mode, words] : {std::pair("behave", "its guest powered off"),
                                    {"restart", "its guest restarted, or its kernel crashed"},
                                    {"odd-shutdown", "QEMU ended by itself"}}) {
    INFO(mode);
    QemuMachine machine = test.start_fake(mode);
    CHECK(machine.power_off(in(std::chrono::seconds(60))));
    CHECK(machine.ending() == words);
  }
  QemuMachine crashes = test.start_fake("crash-later");
  crashes.pause();
  CHECK(crashes.ending() == "QEMU was killed by SIGSEGV");

  QemuMachine dies = test.start_fake("die-in-freeze");
  error_of([&] { dies.freeze(test.path() / "saved"); });
  CHECK(dies.ending() == R"(QEMU ended with exit code 1: fake-qemu: cannot save\x1b)");

  QemuMachine goes_on = test.start_fake("behave");
  CHECK_FALSE(goes_on.ending());
}

TEST_CASE("no QEMU outlives its object, however stubborn it is") {
  const VmTest test;
  for (const char* mode : {"behave", "hang-in-quit", "ignore-everything", "blank-lines"}) {
    INFO(mode);
    UniqueFd process;
    {
      const QemuMachine machine = test.start_fake(mode);
      process = watch(machine);
      CHECK_FALSE(has_ended(process.get()));
    }
    CHECK(has_ended(process.get()));

    QemuMachine machine = test.start_fake(mode);
    process = watch(machine);
    machine.quit();
    CHECK(has_ended(process.get()));
    CHECK_FALSE(machine.running());
  }
}

}  // namespace agentbox::fake_machine_test
