// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/vm/tiny_guest.hpp"

#include "integration/vm/vm_support.hpp"

#include <fmt/format.h>

namespace agentbox::test {
namespace {

namespace fs = std::filesystem;

void pad(std::string& archive) { archive.resize((archive.size() + 3) / 4 * 4, '\0'); }

/// One file in the "newc" cpio format of the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
void add_file(std::string& archive, const std::string& name, unsigned mode, const std::string& content) {
  archive += fmt::format("070701{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}", 1,
                         mode, 0, 0, 1, 0, content.size(), 0, 0, 0, 0, name.size() + 1, 0);
  archive += name + '\0';
  pad(archive);
  archive += content;
  pad(archive);
}

}  // namespace

fs::path need_kernel() {
  if (const char* chosen = std::getenv("AGENTBOX_TEST_KERNEL")) {
    return chosen;
  }
  fs::path newest;
  if (fs::is_directory("/boot")) {
    for (const auto& entry : fs::directory_iterator("/boot")) {
      if (entry.path().filename().native().starts_with("vmlinuz-") && ::access(entry.path().c_str(), R_OK) == 0) {
        newest = std::max(newest, entry.path());
      }
    }
  }
  if (newest.empty()) {
    skip("no readable kernel in /boot; name one in AGENTBOX_TEST_KERNEL");
  }
  return newest;
}

DirectBoot tiny_guest(const fs::path& directory) {
  const auto init = directory / "init";
  const Captured compiled = run_and_capture({.argv = {need_program("cc"), "-O1", "-static", "-o", init.native(),
                                                      AGENTBOX_SOURCE_DIR "/tests/integration/vm/tiny_guest_init.c"},
                                             .environment = {},
                                             .working_directory = {},
                                             .fds = {}},
                                            std::chrono::seconds(120));
  if (!compiled.status.success()) {
    skip("cannot link a static program: " + compiled.error_output);
  }
  std::string archive;
  add_file(archive, "init", 0100755, read_file(init));
  add_file(archive, "TRAILER!!!", 0, "");
  write_file_atomically(directory / "initrd", archive);
  return {need_kernel(), directory / "initrd", "console=ttyS0 quiet panic=-1"};
}

}  // namespace agentbox::test
