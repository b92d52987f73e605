// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text.hpp"
#include "support/skip.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/signals.hpp"
#include "sys/temp_dir.hpp"
#include "vm/qemu/machine.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace agentbox::test {

/// A directory for one test, and a program beside it that is fake_qemu.py in one of its moods.
class VmTest {
 public:
  VmTest() : directory_(std::filesystem::temp_directory_path(), "vm") {
    block_signals();  // as main() does: among others, SIGPIPE is ignored
    std::filesystem::create_directories(session());
    std::filesystem::create_directories(workspace());
  }

  [[nodiscard]] std::filesystem::path path() const { return directory_.path(); }
  [[nodiscard]] std::filesystem::path session() const { return path() / "session"; }
  [[nodiscard]] std::filesystem::path workspace() const { return path() / "workspace"; }

  [[nodiscard]] std::string fake_qemu(const std::string& mode,
                                      const std::string& version = "QEMU emulator version 7.2.22 (fake)") const {
    const auto program = path() / ("qemu-" + mode);
    std::ofstream(program) << "#!/bin/sh\nexport FAKE_QEMU=" << shell_quote(mode)
                           << " FAKE_QEMU_VERSION=" << shell_quote(version) << "\nexec python3 "
                           << shell_quote(AGENTBOX_TEST_SUPPORT_DIR "/fake_qemu.py") << " \"$@\"\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    return program.native();
  }

  /// A small VM without disks.
  [[nodiscard]] VmSpec spec(const std::string& qemu) const {
    VmSpec spec;
    spec.qemu = qemu;
    spec.shape = {Accelerator::tcg, 1, ByteSize::mebibytes(128)};
    spec.boot = FirmwareBoot{};
    spec.workspace = {workspace()};
    return spec;
  }

  [[nodiscard]] MachineFiles files(Confinement confinement) const {
    return {session(), confinement};
  }

  [[nodiscard]] QemuMachine start_fake(const std::string& mode) const {
    return QemuMachine::start(spec(fake_qemu(mode)), files(Confinement::none));
  }

 private:
  TempDir directory_;
};

inline std::string need_program(const std::string& name) {
  const auto found = find_program(name);
  if (found.empty()) {
    skip(name + " is not installed");
  }
  return found.native();
}

}  // namespace agentbox::test
