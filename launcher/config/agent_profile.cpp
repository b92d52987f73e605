// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/agent_profile.hpp"

#include <algorithm>
#include <string_view>

namespace agentbox {
namespace {

constexpr std::string_view version_word = "{version}";

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

const PermissionMode& permission_mode(const AgentProfile& profile, Permissions permissions) {
  return permissions == Permissions::skip ? profile.skip_permissions : profile.ask_permissions;
}

std::vector<std::string> install_steps(const AgentProfile& profile) {
  std::vector<std::string> steps = profile.install;
  for (std::string& step : steps) {
    for (auto at = step.find(version_word); at != std::string::npos;
         at = step.find(version_word, at + profile.version.size()))
      step.replace(at, version_word.size(), profile.version);
  }
  return steps;
}

bool takes_version(const AgentProfile& profile) {
  return std::any_of(profile.install.begin(), profile.install.end(),
                     [](const std::string& step) { return step.find(version_word) != std::string::npos; });
}

bool is_version(std::string_view text) {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest && is_alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_alphanumeric(c) || std::string_view("._+-").find(c) != std::string_view::npos;
         });
}

}  // namespace agentbox
