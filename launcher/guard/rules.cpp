// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/rules.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace agentbox {
namespace {

constexpr std::size_t longest_ignore_file = 256 << 10;
constexpr std::size_t most_ignore_lines = 2000;

bool names_repository(const PathParts& path) {
  return std::any_of(path.begin(), path.end(), [](auto part) { return same_name(part, ".git"); });
}

}  // namespace

GuardRules default_guard_rules() {
  return {
      // What tools on the host run because it is there: hooks of git by another name, and what agents and editors start by themselves.
      .guarded = {"/.agentbox.yaml", "/.agentboxignore", ".husky/", ".githooks/", "**/.claude/settings.json",
                  "**/.claude/settings.local.json", "**/.claude/hooks/", ".mcp.json", "**/.codex/config.toml", "**/.codex/hooks.json",
                  "**/.gemini/settings.json", "**/.cursor/mcp.json", "**/.cursor/hooks.json", "**/.vscode/tasks.json"},
      // Test data and the certificates of package managers are no secrets, and programs need them.
      .hidden = {".env", ".env.*", "!.env.example", "!.env.sample", "!.env.template", "!.env.dist", "*.pem", "*.key", "*.p12", "*.pfx",
                 "*.jks", "*.ppk", "*.kdbx", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "!id_*.pub", ".netrc", ".pgpass",
                 ".pypirc", ".git-credentials", "**/.aws/credentials", "**/.docker/config.json", "**/.kube/config", ".ssh/", ".gnupg/",
                 "!cacert.pem", "!**/node_modules/**", "!**/site-packages/**", "!**/vendor/**", "!**/testdata/**"},
      .top = GuardRules::Top::project,
      .hidden_by_project = {}};
}

std::vector<std::string> parse_ignore_file(std::string_view text, const std::string& name) {
  const auto wrong = [&](std::size_t line, const std::string& why) {
    return Error(ErrorKind::config, escape_untrusted(name) + ":" + std::to_string(line) + ": " + why,
                 "It is read like a .gitignore; what it names is hidden from sessions.");
  };
  if (text.size() > longest_ignore_file) {
    throw wrong(1, "the file is too long");
  }
  std::vector<std::string> patterns;
  std::size_t number = 0;
  for (std::string line : split(text, '\n')) {
    ++number;
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    if (patterns.size() == most_ignore_lines) {
      throw wrong(number, "too many patterns");
    }
    try {
      patterns.push_back(line);
      static_cast<void>(PathPattern(line));
    } catch (const Error& error) {
      throw wrong(number, error.what());
    }
  }
  return patterns;
}

Guard::Guard(const GuardRules& rules)
    : top_(rules.top),
      guarded_(rules.guarded),
      hidden_(rules.hidden),
      hidden_by_project_(rules.hidden_by_project) {}

PathParts Guard::placed(const PathParts& path) const {
  PathParts whole = path;
  if (top_ == GuardRules::Top::git_directory) {
    whole.insert(whole.begin(), ".git");
  }
  return whole;
}

std::optional<int> Guard::repository_of(const PathParts& path) const {
  if (top_ == GuardRules::Top::git_directory) {
    return -1;
  }
  const auto found = std::find_if(path.begin(), path.end(), [](auto part) { return same_name(part, ".git"); });
  return found == path.end() ? std::nullopt : std::optional(static_cast<int>(found - path.begin()));
}

Standing Guard::standing(const PathParts& path) const {
  PathParts upper;
  for (const auto part : path) {
    upper.push_back(part);
    if (const Standing standing = standing_in_free(upper); standing != Standing::free) {
      return standing;
    }
  }
  return Standing::free;
}

Standing Guard::standing_in_free(const PathParts& inner) const {
  const PathParts path = placed(inner);
  if (names_repository(path)) {  // data there can have any name: a branch "fix.key" is no key
    return git_place(path) == GitPlace::settings ? Standing::guarded : Standing::free;
  }
  if (hidden_.matches_itself(path) || hidden_by_project_.matches_itself(path)) {
    return Standing::hidden;
  }
  return guarded_.matches_itself(path) ? Standing::guarded : Standing::free;
}

bool Guard::leads_below(const PathParts& inner) const {
  const PathParts path = placed(inner);
  const GitPlace place = git_place(path);
  if (place != GitPlace::ordinary || names_repository(path)) {
    return place == GitPlace::repository || place == GitPlace::holds;
  }
  return guarded_.leads_below(path) || hidden_.leads_below(path) || hidden_by_project_.leads_below(path);
}

}  // namespace agentbox
