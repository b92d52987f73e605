// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "config/catalog.hpp"
#include "core/progress.hpp"
#include "store/directories.hpp"
#include "vm/qemu/machine.hpp"
#include "vm/qemu/probe.hpp"

namespace agentbox {

/// What image work needs to know of its surroundings. A value, made once by the session or the command line.
struct ImageContext {
  const Catalog& catalog;
  Directories directories;
  ShippedFiles shipped;
  UserConfig user_config;
  QemuProgram qemu;
  Confinement confinement = Confinement::bubblewrap;
  enum class HostCa { hand_over, withhold } host_ca = HostCa::hand_over;
  Progress& progress;

  [[nodiscard]] std::filesystem::path bases() const { return directories.data / "bases"; }
  [[nodiscard]] std::filesystem::path templates() const { return directories.data / "templates"; }
};

}  // namespace agentbox
