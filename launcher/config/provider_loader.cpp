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

constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

bool consists_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

WireFormat parse_wire(const std::string& word) {
  if (word == "anthropic") return WireFormat::anthropic;
  if (word == "openai") return WireFormat::openai;
  if (word == "google") return WireFormat::google;
  throw Error(ErrorKind::usage, fmt::format("unknown wire format \"{}\"", escape_untrusted(word, 80)),
              "it is one of: anthropic, openai, google");
}

std::string read_header_name(const YamlNode& node) {
  const std::string name = node.line();
  if (!consists_of(name, "abcdefghijklmnopqrstuvwxyz0123456789-_"))
    throw node.error(fmt::format("\"{}\" is not the name of a header", escape_untrusted(name, 80)),
                     "such names are written in lower case here");
  return name;
}

/// "x-app", or a group, "anthropic-*".
std::string read_forwarded_header(const YamlNode& node) {
  const std::string pattern = node.line();
  const bool group = pattern.size() > 2 && pattern.ends_with("-*");
  const std::string name = group ? pattern.substr(0, pattern.size() - 1) : pattern;
  if (!consists_of(name, "abcdefghijklmnopqrstuvwxyz0123456789-_"))
    throw node.error(fmt::format("\"{}\" is neither a header nor a group of them", escape_untrusted(pattern, 80)),
                     "as in x-app, or anthropic-*, in lower case");
  if (!may_be_forwarded(name))
    throw node.error(fmt::format("the header \"{}\" is never forwarded", name),
                     "it carries a credential, belongs to one connection, or changes what a request means");
  return pattern;
}

std::string read_parameter(const YamlNode& node) {
  const std::string name = node.line();
  if (!consists_of(name, name_characters))
    throw node.error(fmt::format("\"{}\" is not the name of a query parameter", escape_untrusted(name, 80)));
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  if (lower.find("key") != std::string::npos || lower.find("token") != std::string::npos) {
    // "pageToken" is a place in a list, not a credential.
    if (lower != "pagetoken" && lower != "page_token")
      throw node.error(fmt::format("the parameter \"{}\" is never forwarded", name), "it may carry a credential");
  }
  return name;
}

/// What stands around {random} must not need escaping anywhere, and {random} must be there: a session's placeholder is
/// worth nothing in another one.
std::string read_placeholder(const YamlNode& node) {
  const std::string text = node.line();
  const auto at = text.find("{random}");
  const std::string rest = at == std::string::npos ? "" : text.substr(0, at) + "x" + text.substr(at + 8);
  if (!consists_of(rest, name_characters))
    throw node.error(fmt::format("\"{}\" is not a form of placeholder", escape_untrusted(text, 80)),
                     "as in sk-{random}: letters, digits, - and _, and {random} once");
  return text;
}

CredentialKind read_credential(const YamlEntry& entry) {
  const YamlMapping fields = entry.value.mapping({"header", "scheme", "placeholder"});
  CredentialKind kind{.name = read_plain_name(entry.key),
                      .header = read_header_name(fields.required("header")),
                      .scheme = {},
                      .placeholder = read_placeholder(fields.required("placeholder"))};
  if (const YamlNode* scheme = fields.find("scheme")) {
    kind.scheme = scheme->line();
    if (!consists_of(kind.scheme, name_characters)) throw scheme->error("a scheme is one word, as in Bearer");
  }
  return kind;
}

std::vector<CallPattern> read_calls(const YamlMapping& fields, std::string_view key) {
  std::vector<CallPattern> calls;
  const YamlNode* node = fields.find(key);
  if (node == nullptr) return calls;
  std::vector<std::string> seen;
  for (const YamlNode& item : node->items()) {
    calls.push_back(item.convert(&CallPattern::parse));
    add_unique(seen, calls.back().to_string(), item);
  }
  return calls;
}

std::string read_usage_path(const YamlNode& node) {
  const std::string text = node.line();
  for (const std::string& path : split(text, '+')) {
    for (const std::string& key : split(trim(path), '.')) {
      if (!consists_of(key, name_characters))
        throw node.error(fmt::format("\"{}\" is not a path of keys", escape_untrusted(text, 80)),
                         "as in usage.input_tokens, or a.b + a.c for a sum");
    }
  }
  return text;
}

UsagePaths read_usage(const YamlNode& node) {
  const YamlMapping fields =
      node.mapping({"model", "input", "cached-input", "cache-write", "output", "input-includes-cached"});
  const auto paths = [&](std::string_view key) {
    const YamlNode* list = fields.find(key);
    return list == nullptr ? std::vector<std::string>{} : read_list(*list, read_usage_path);
  };
  UsagePaths usage{.model = read_list(fields.required("model"), read_usage_path),
                   .input = read_list(fields.required("input"), read_usage_path),
                   .cached_input = paths("cached-input"),
                   .cache_write = paths("cache-write"),
                   .output = read_list(fields.required("output"), read_usage_path)};
  if (const YamlNode* included = fields.find("input-includes-cached"); included != nullptr && included->boolean())
    usage.cached = UsagePaths::Cached::included;
  return usage;
}

std::string read_base_path(const YamlNode& node, const Provider& provider) {
  const std::string path = node.line();
  if (!is_plain_path(path)) throw node.error("a base path is a plain absolute path, as in /v1");
  if (!provider.upstream.ends_with(path)) throw node.error("the upstream does not end with this path");
  return path;
}

}  // namespace

Provider parse_provider(std::string_view text, const std::filesystem::path& source) {
  const YamlNode root = parse_yaml(text, source.string());
  const YamlMapping fields = root.mapping({"description", "upstream", "base-path", "wire", "credentials", "metered",
                                           "free", "answered", "headers", "query", "usage"});
  Provider provider;
  provider.name = source.stem().string();
  provider.source = source;
  if (const YamlNode* description = fields.find("description")) provider.description = description->line();
  provider.upstream = read_url(fields.required("upstream"), {"https", "http"});
  if (const YamlNode* base = fields.find("base-path")) provider.base_path = read_base_path(*base, provider);
  provider.wire = fields.required("wire").convert(parse_wire);
  for (const YamlEntry& entry : fields.required("credentials").entries())
    provider.credentials.push_back(read_credential(entry));
  provider.metered = read_calls(fields, "metered");
  provider.free = read_calls(fields, "free");
  provider.answered = read_calls(fields, "answered");
  if (provider.metered.empty()) throw root.error("the provider has no \"metered\" calls, so it is of no use");
  if (const YamlNode* headers = fields.find("headers")) provider.headers = read_list(*headers, read_forwarded_header);
  if (const YamlNode* query = fields.find("query")) provider.query = read_list(*query, read_parameter);
  provider.usage = read_usage(fields.required("usage"));
  return provider;
}

}  // namespace agentbox
