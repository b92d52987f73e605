// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "integration/vm/vm_support.hpp"
#include "support/catch.hpp"
#include "vm/qemu/probe.hpp"

namespace agentbox::find_qemu_test {

using agentbox::test::VmTest;

TEST_CASE("the version is asked once per program, and again when the program changes") {
  const VmTest test;
  const auto counted = test.path() / "qemu";
  const auto install = [&](const std::string& version) {
    write_file_atomically(counted,
                          "#!/bin/sh\necho asked >> " + shell_quote((test.path() / "count").native()) +
                              "\necho 'QEMU emulator version " + version + " (x)'\n",
                          0700);
  };
  install("7.2.22");
  CHECK(find_qemu(counted.native(), test.path() / "cache").version == "7.2.22");
  const QemuProgram cached = find_qemu(counted.native(), test.path() / "cache");
  CHECK(cached.version == "7.2.22");
  CHECK(cached.build == "7.2.22 (x)");
  CHECK(read_file(test.path() / "count") == "asked\n");
  install("10.0.2-rc1");
  CHECK(find_qemu(counted.native(), test.path() / "cache").version == "10.0.2");
  CHECK(read_file(test.path() / "count") == "asked\nasked\n");

  // A damaged cache is asked over, not believed.
  write_file_atomically(test.path() / "cache/qemu-version.json", "{\"qemu\": 1");
  CHECK(find_qemu(counted.native(), test.path() / "cache").version == "10.0.2");
}

TEST_CASE("the host's processor is told in words that do not change by themselves") {
  const std::string processor = host_processor();
  CHECK(processor.find("flags") != std::string::npos);
  CHECK(processor.find("MHz") == std::string::npos);
  CHECK(host_processor() == processor);
}

TEST_CASE("what is no usable QEMU is refused with a hint") {
  const VmTest test;
  const auto refuse = [&](const std::string& program) {
    try {
      find_qemu(program, test.path() / "cache");
      FAIL("accepted " + program);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::environment);
      CHECK(error.hint().find("apt install qemu-system-x86") != std::string::npos);
    }
  };
  refuse((test.path() / "missing").native());
  refuse("/bin/true");
  refuse("/bin/false");
  refuse(test.fake_qemu("behave", "QEMU emulator version 6.2.0 (old)"));
  refuse(test.fake_qemu("behave", "QEMU emulator version 7.1.9"));
}

TEST_CASE("the accelerator that the user names is taken without a probe") {
  const VmTest test;
  const QemuProgram qemu{test.fake_qemu("die-at-start"), "7.2.22"};
  CHECK(choose_accelerator(qemu, "/k", "/i", test.path(), "kvm").accelerator == Accelerator::kvm);
  CHECK(choose_accelerator(qemu, "/k", "/i", test.path(), "tcg").accelerator == Accelerator::tcg);
  CHECK_THROWS_AS(choose_accelerator(qemu, "/k", "/i", test.path(), "xen"), Error);
}

TEST_CASE("KVM is believed only when a kernel came up under it, and the verdict is kept") {
  if (::access("/dev/kvm", R_OK | W_OK) != 0) {
    test::skip("/dev/kvm cannot be opened here");
  }
  const VmTest test;
  const auto verdict = [&](const char* mode, const char* cache) {
    return choose_accelerator({test.fake_qemu(mode), "7.2.22"}, "/k", "/i", test.path() / cache, "");
  };
  CHECK(verdict("probe-ok", "a").accelerator == Accelerator::kvm);
  CHECK(verdict("probe-crash", "a").accelerator ==
        Accelerator::kvm);  // from the cache: nothing it depends on has changed
  const auto crashed = verdict("probe-crash", "b");
  CHECK(crashed.accelerator == Accelerator::tcg);
  CHECK(crashed.reason.find("crashed") != std::string::npos);
  CHECK(verdict("die-at-start", "c").accelerator == Accelerator::tcg);
  // No traces of the probes but the verdicts.
  CHECK(std::distance(std::filesystem::directory_iterator(test.path() / "a"), {}) == 1);
}

}  // namespace agentbox::find_qemu_test
