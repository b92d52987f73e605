// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/settings_place.hpp"

#include "sys/environment.hpp"

namespace agentbox {
namespace {

// A relative one would lead into whatever project the user stands in.
std::filesystem::path absolute_or_nothing(const std::string& path) { return path.starts_with('/') ? path : std::string(); }

// tail: empty, or begins with a slash.
std::string joined_place(const std::string& place, const std::string& tail) {
  if (place != ".") {
    return place + tail;
  }
  return tail.empty() ? place : tail.substr(1);
}

}  // namespace

SettingsPlace settings_place(const AgentSettings& settings, const std::string& path) {
  for (const auto& moved : settings.moved) {
    const auto directory = host_variable(moved.variable);
    for (const auto& [from, to] : moved.places) {
      if (directory && (path == from || path.starts_with(from + "/"))) {
        return {.top = absolute_or_nothing(*directory), .path = joined_place(to, path.substr(from.size())), .prefix = "$" + moved.variable + "/"};
      }
    }
  }
  return {.top = absolute_or_nothing(host_variable("HOME").value_or("")), .path = path, .prefix = "~/"};
}

}  // namespace agentbox
