// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/key_command.hpp"
#include "core/units.hpp"

namespace agentbox {

/// Which templates stay when old ones are cleared away. Those in use stay in any case.
struct TemplateLimits {
  std::chrono::seconds unused_for = std::chrono::hours(30 * 24);  ///< longer than that: gone
  int count = 12;                                                 ///< of more, those that were used last
  ByteSize size = ByteSize::gibibytes(20);                        ///< all together; likewise
};

/// config.yaml in the user's configuration directory; every key is optional, so is the file.
struct UserConfig {
  std::string policy = "trusted";          ///< default policy
  std::string base = "dev";                ///< default base of shell and run
  std::optional<std::string> debian_mirror;  ///< instead of the host's own apt sources
  bool keep_host_ca = false;               ///< leave the host's CA bundle in finished bases
  std::string qemu;                        ///< path of qemu-system-x86_64; empty: found in PATH
  TemplateLimits templates;
  std::string accelerator;                 ///< "kvm", "tcg" or empty for the probe's choice
  SecretStoreChoice secret_store = SecretStoreChoice::automatic;  ///< where `secret set` puts keys
  std::vector<KeyCommand> key_commands;    ///< no two with the same id
  std::map<std::string, std::string> agent_versions;  ///< by agent: installed instead of the profile's
};

}  // namespace agentbox
