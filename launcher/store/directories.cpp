// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/directories.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <cstdlib>

namespace agentbox {

namespace {

std::filesystem::path environment_path(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::filesystem::path() : std::filesystem::path(value).lexically_normal();
}

/// XDG_..._HOME/agentbox when that is set and absolute, else HOME/fallback/agentbox.
std::filesystem::path xdg_directory(const char* variable, const char* fallback) {
  const auto set = environment_path(variable);
  if (set.is_absolute()) {
    return set / "agentbox";
  }
  const auto home = environment_path("HOME");
  if (!home.is_absolute()) {
    throw Error(ErrorKind::environment, "HOME is not set to an absolute path", "Set HOME, or AGENTBOX_HOME.");
  }
  return home / fallback / "agentbox";
}

}  // namespace

Directories Directories::from_environment() {
  const auto home = environment_path("AGENTBOX_HOME");
  if (home.is_absolute()) {
    return {.config = home / "config", .data = home / "data", .state = home / "state", .cache = home / "cache"};
  }
  if (!home.empty()) {
    throw Error(ErrorKind::environment,
                "AGENTBOX_HOME is \"" + escape_untrusted(home.native()) + "\", which is not an absolute path",
                "A relative one would mean another place in every directory.");
  }
  return {.config = xdg_directory("XDG_CONFIG_HOME", ".config"),
          .data = xdg_directory("XDG_DATA_HOME", ".local/share"),
          .state = xdg_directory("XDG_STATE_HOME", ".local/state"),
          .cache = xdg_directory("XDG_CACHE_HOME", ".cache")};
}

}  // namespace agentbox
