// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// Where a key counts: for one agent, in one project, both, or (two empty fields) everywhere. It is also a place that a
/// key is looked up for: "claude in /home/u/x".
struct SecretScope {
  std::string agent;              ///< profile name; empty: any
  std::filesystem::path project;  ///< canonical, as RunPlan::project is; empty: any

  friend bool operator==(const SecretScope&, const SecretScope&) = default;
};

/// The scopes that count at a place, the most specific first: its project and agent, its project, its agent, everywhere.
/// The order in which keys are looked up, wherever they are kept.
std::vector<SecretScope> scopes_at(const SecretScope& place);

/// "claude in /home/u/x", "claude", "/home/u/x", "everywhere": for people. Not escaped.
std::string describe(const SecretScope& scope);

/// What a stored key is found by: the variable's name and the scope.
struct SecretId {
  std::string name;
  SecretScope scope;

  friend bool operator==(const SecretId&, const SecretId&) = default;
};

/// One line of printable ASCII without ambiguity: "NAME", "NAME agent=claude project=/home/u/my%20project".
std::string to_text(const SecretId& id);
/// No value for anything that to_text() does not write.
std::optional<SecretId> parse_secret_id(std::string_view text);

/// The words for `agentbox secret set` and its kin: "NAME --agent claude --project /home/u/x", quoted for a shell.
std::string to_arguments(const SecretId& id);

/// [A-Z_][A-Z0-9_]*, up to 128. So it can be a file's name, too.
bool is_secret_name(std::string_view text);

inline constexpr std::size_t longest_secret = 65536;  ///< bytes; no key comes near

/// What is wrong with a value that no environment variable or header could carry ("holds a line end"), or empty.
std::string_view objection_to_secret(std::string_view value);

/// Where `secret set` puts a key. automatic: into the keyring where one answers, else into a file.
enum class SecretStoreChoice { automatic, keyring, file };
/// "auto", "keyring", "file". Throws Error{usage}.
SecretStoreChoice parse_secret_store_choice(const std::string& word);

}  // namespace agentbox
