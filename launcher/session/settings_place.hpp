// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/agent_profile.hpp"

#include <filesystem>
#include <string>

namespace agentbox {

/// Where on the host something of an agent's settings is.
struct SettingsPlace {
  std::filesystem::path top;  ///< a directory of the user's; below it no link is followed. Empty: it cannot be told
  std::string path;           ///< below top
  std::string prefix;         ///< what stands before path for people: "~/", "$CODEX_HOME/"
  [[nodiscard]] std::string shown() const { return prefix + path; }
};

/// What belongs at path below the home: there, or where a variable of the agent's own puts it (AgentSettings::moved).
SettingsPlace settings_place(const AgentSettings& settings, const std::string& path);

/// What a session gets of them.
struct PlannedSettings {
  StatePath guest;  ///< below the home there
  SettingsPlace host;
};

}  // namespace agentbox
