// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace agentbox {

/// The user's directories (XDG base directory specification), or all below AGENTBOX_HOME when that is set.
/// Relative values of XDG variables are ignored, as the specification demands; a relative AGENTBOX_HOME is an error.
struct Directories {
  std::filesystem::path config;  ///< config.yaml, agents/, policies/, base-images/
  std::filesystem::path data;    ///< bases/, templates/, snapshots/, secrets/
  std::filesystem::path state;   ///< sessions/, egress/
  std::filesystem::path cache;   ///< probe verdicts, downloads

  static Directories from_environment();
};

/// Where the shipped agents/, policies/, base-images/ and the programs beside agentbox are: next to the build tree's sources, or
/// PREFIX/share/agentbox when installed. AGENTBOX_SHARE overrides.
struct ShippedFiles {
  std::filesystem::path definitions;   ///< holds agents/, policies/, base-images/
  std::filesystem::path guest_helper;  ///< the static agentbox-guest program
  std::filesystem::path guard_program = {};  ///< agentbox-guard
  std::filesystem::path disk_program = {};  ///< agentbox-disk
  std::filesystem::path wire_program;     ///< agentbox-wire
  std::filesystem::path gateway_program;  ///< agentbox-gateway
  std::filesystem::path fetch_program = {};  ///< agentbox-fetch
  static ShippedFiles locate();
};

}  // namespace agentbox
