// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/secret_id.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <charconv>

namespace agentbox {
namespace {

constexpr std::string_view agent_mark = "agent=";
constexpr std::string_view project_mark = "project=";

/// Paths may hold any byte: spaces, line ends, what is no UTF-8.
bool stands_for_itself(char c) { return c > ' ' && c < '\x7f' && c != '%'; }

std::string encode(std::string_view path) {
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    text += stands_for_itself(c) ? std::string(1, c) : "%" + to_hex({&byte, 1});
  }
  return text;
}

std::string decode(std::string_view text) {
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      path += static_cast<char>(byte);
      i += 2;
    } else {
      path += text[i];
    }
  }
  return path;
}

}  // namespace

std::vector<SecretScope> scopes_at(const SecretScope& place) {
  std::vector<SecretScope> scopes;
  for (const SecretScope& scope : {place, SecretScope{{}, place.project}, SecretScope{place.agent, {}}, SecretScope{}}) {
    // A place without a project or an agent has fewer.
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) scopes.push_back(scope);
  }
  return scopes;
}

std::string describe(const SecretScope& scope) {
  if (scope.project.empty()) return scope.agent.empty() ? "everywhere" : scope.agent;
  return (scope.agent.empty() ? "" : scope.agent + " in ") + scope.project.string();
}

std::string to_text(const SecretId& id) {
  std::string text = id.name;
  if (!id.scope.agent.empty()) text += " " + std::string(agent_mark) + id.scope.agent;
  if (!id.scope.project.empty()) text += " " + std::string(project_mark) + encode(id.scope.project.native());
  return text;
}

std::optional<SecretId> parse_secret_id(std::string_view text) {
  const auto words = split(text, ' ');
  SecretId id;
  id.name = words.front();
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.starts_with(agent_mark)) id.scope.agent = word.substr(agent_mark.size());
    if (word.starts_with(project_mark)) id.scope.project = decode(word.substr(project_mark.size()));
  }
  const bool whole = is_secret_name(id.name) && (id.scope.agent.empty() || is_plain_name(id.scope.agent)) &&
                     (id.scope.project.empty() || id.scope.project.is_absolute()) && to_text(id) == text;
  return whole ? std::optional(std::move(id)) : std::nullopt;
}

std::string to_arguments(const SecretId& id) {
  std::string text = id.name;
  if (!id.scope.agent.empty()) text += " --agent " + id.scope.agent;
  if (!id.scope.project.empty()) text += " --project " + shell_quote(id.scope.project.native());
  return text;
}

bool is_secret_name(std::string_view text) {
  const auto upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto allowed = [&](char c) { return upper(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 128 && upper(text.front()) && std::all_of(text.begin(), text.end(), allowed);
}

std::string_view objection_to_secret(std::string_view value) {
  if (value.empty()) return "is empty";
  if (value.find('\0') != std::string_view::npos) return "holds a NUL byte";
  if (value.find_first_of("\r\n") != std::string_view::npos) return "holds a line end";
  return value.size() > longest_secret ? "is too long" : "";
}

SecretStoreChoice parse_secret_store_choice(const std::string& word) {
  if (word == "auto") return SecretStoreChoice::automatic;
  if (word == "keyring") return SecretStoreChoice::keyring;
  if (word == "file") return SecretStoreChoice::file;
  throw Error(ErrorKind::usage, "unknown store \"" + escape_untrusted(word, 80) + "\"", "it is one of: auto, keyring, file");
}

}  // namespace agentbox
