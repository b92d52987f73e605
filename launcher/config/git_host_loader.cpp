// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._").find(c) != std::string_view::npos;
}

/// Part of a Basic credential, in which ":" ends it.
std::string read_user(const YamlNode& node) {
  const std::string user = node.line();
  if (!std::all_of(user.begin(), user.end(), is_plain))
    throw node.error(fmt::format("\"{}\" is not the name of a user", escape_untrusted(user, 80)),
                     "the one that goes with a token, as in x-access-token");
  return user;
}

/// Becomes the value of git's insteadOf, which goes by prefix: without its end it would take in other hosts, too.
std::string read_url_prefix(const YamlNode& node) {
  const std::string prefix = node.line();
  const bool printable = std::all_of(prefix.begin(), prefix.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  const bool has_host = prefix.size() > 3 && prefix.find_first_of(".:") != std::string::npos;
  if (!printable || !has_host || (prefix.back() != '/' && prefix.back() != ':') || prefix.ends_with("//"))
    throw node.error(fmt::format("\"{}\" is not what URLs of repositories begin with", escape_untrusted(prefix, 120)),
                     "all that stands before OWNER/NAME, as in https://git.example.org/ or git@git.example.org:");
  return prefix;
}

KeyVariable read_token_variable(const YamlNode& node) {
  if (node.kind() != YamlNode::Kind::mapping) return {.name = read_environment_name(node), .help = {}, .provider = {}, .credential = {}};
  const YamlMapping fields = node.mapping({"name", "help"});
  KeyVariable key{
      .name = read_environment_name(fields.required("name")), .help = {}, .provider = {}, .credential = {}};
  if (const YamlNode* help = fields.find("help")) key.help = help->line();
  return key;
}

std::vector<KeyVariable> read_token_variables(const YamlNode& node) {
  std::vector<KeyVariable> keys;
  std::vector<std::string> names;
  for (const YamlNode& item : node.items()) {
    keys.push_back(read_token_variable(item));
    add_unique(names, keys.back().name, item);
  }
  if (keys.empty()) throw node.error("no variable is named, so no token can be found");
  return keys;
}

}  // namespace

GitHost parse_git_host(std::string_view text, const std::filesystem::path& source) {
  const YamlNode root = parse_yaml(text, source.string());
  const YamlMapping fields = root.mapping({"description", "upstream", "user", "keys", "urls"});
  GitHost host;
  host.name = source.stem().string();
  host.source = source;
  if (const YamlNode* description = fields.find("description")) host.description = description->line();
  host.upstream = read_url(fields.required("upstream"), {"https", "http"});
  host.user = read_user(fields.required("user"));
  host.keys = read_token_variables(fields.required("keys"));
  host.urls = read_list(fields.required("urls"), read_url_prefix);
  if (host.urls.empty()) throw root.error("the service has no \"urls\", so git would never be led to it");
  return host;
}

}  // namespace agentbox
