// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "config/seed_template.hpp"
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace agentbox {
namespace {

std::vector<std::string> read_command(const YamlNode& node) {
  std::vector<std::string> command = read_arguments(node);
  if (command.empty()) throw node.error("a command needs at least the program");
  return command;
}

std::vector<std::string> read_install(const YamlNode& node) {
  std::vector<std::string> steps;
  for (const YamlNode& item : node.items()) {
    steps.push_back(item.text());
    if (trim(steps.back()).empty()) throw item.error("an install step has nothing to run");
  }
  return steps;
}

SeedFile::Format parse_format(const std::string& word) {
  if (word == "text") return SeedFile::Format::text;
  if (word == "json") return SeedFile::Format::json;
  if (word == "toml") return SeedFile::Format::toml;
  throw Error(ErrorKind::usage, fmt::format("unknown format \"{}\"", escape_untrusted(word, 80)),
              "it is one of: text, json, toml");
}

SeedFile read_seed_file(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"path", "format", "content"});
  const YamlNode& content = fields.required("content");
  SeedFile seed{.path = read_home_path(fields.required("path")),
                .content = content.text(),
                .format = fields.required("format").convert(parse_format)};
  try {
    check_seed(seed);
  } catch (const Error& error) {
    throw content.error(error.what(), error.hint());
  }
  return seed;
}

/// "DIRECTORY/" or "FILE", below the home.
std::vector<StatePath> read_state(const YamlNode& node) {
  std::vector<StatePath> state;
  std::vector<std::string> paths;
  for (const YamlNode& item : node.items()) {
    const std::string text = item.line();
    const bool directory = text.size() > 1 && text.ends_with('/');
    const std::string path = directory ? text.substr(0, text.size() - 1) : text;
    check_home_path(item, path);
    add_unique(paths, path, item);
    state.push_back({path, directory ? StatePath::Kind::directory : StatePath::Kind::file});
  }
  return state;
}

void read_seed(const YamlNode& node, AgentProfile& profile) {
  std::vector<std::string> paths;
  for (const YamlNode& item : node.items()) {
    profile.seed.push_back(read_seed_file(item));
    add_unique(paths, profile.seed.back().path, item);
  }
}

/// Reads everything that names a variable. variables collects the names: one that is, say, a key and a fixed value
/// at the same time would be decided by the order of some loop.
class VariableReader {
 public:
  KeyVariable key(const YamlNode& node) {
    const YamlMapping fields = node.mapping({"name", "help", "provider", "credential"});
    KeyVariable key{.name = name(fields.required("name")),
                    .help = fields.required("help").line(),
                    .provider = {},
                    .credential = {}};
    const YamlNode* provider = fields.find("provider");
    const YamlNode* credential = fields.find("credential");
    if ((provider == nullptr) != (credential == nullptr))
      throw node.error("\"provider\" and \"credential\" belong together");
    if (provider != nullptr) {
      key.provider = read_plain_name(*provider);
      key.credential = read_plain_name(*credential);
    }
    return key;
  }

  std::map<std::string, std::string> environment(const YamlNode& node) {
    std::map<std::string, std::string> result;
    for (const YamlEntry& entry : node.entries()) {
      const std::string value = entry.value.text();
      if (value.find_first_of("\n\t") != std::string::npos)
        throw entry.value.error("a variable's value is one line of text");
      result.emplace(name(entry.key), value);
    }
    return result;
  }

  std::string name(const YamlNode& node) {
    std::string result = read_environment_name(node);
    add_unique(variables_, result, node);
    return result;
  }

 private:
  std::vector<std::string> variables_;
};

void read_variables(const YamlMapping& fields, AgentProfile& profile) {
  VariableReader variables;
  if (const YamlNode* keys = fields.find("keys")) {
    for (const YamlNode& item : keys->items()) profile.keys.push_back(variables.key(item));
  }
  if (const YamlNode* variable = fields.find("base-url-variable"))
    profile.base_url_variable = variables.name(*variable);
  if (const YamlNode* environment = fields.find("environment"))
    profile.environment = variables.environment(*environment);
  if (const YamlNode* passed = fields.find("pass-environment")) {
    for (const YamlNode& item : passed->items()) profile.pass_environment.push_back(variables.name(item));
  }
}

void check_completeness(const YamlNode& root, const AgentProfile& profile) {
  if (!profile.install.empty() && profile.verify.empty())
    throw root.error("a profile with \"install\" needs \"verify\"",
                     "package managers exit with 0 for half an installation; as in: verify: [NAME, --version]");
  if (profile.key_required && profile.keys.empty())
    throw root.error("the profile lists no keys", "list the agent's key variables, or say: key-required: false");
  if (profile.base_url_variable.empty() != profile.default_base_url.empty())
    throw root.error("\"base-url-variable\" and \"default-base-url\" belong together");
}

}  // namespace

AgentProfile parse_agent_profile(std::string_view text, const std::filesystem::path& source) {
  const YamlNode root = parse_yaml(text, source.string());
  const YamlMapping fields =
      root.mapping({"description", "base", "install", "verify", "command", "skip-permissions", "keys", "key-required",
                    "base-url-variable", "default-base-url", "environment", "pass-environment", "proxy-variables", "seed", "state"});
  AgentProfile profile;
  profile.name = source.stem().string();
  profile.source = source;
  profile.command = read_command(fields.required("command"));
  if (const YamlNode* description = fields.find("description")) profile.description = description->line();
  if (const YamlNode* base = fields.find("base")) profile.base = read_plain_name(*base);
  if (const YamlNode* install = fields.find("install")) profile.install = read_install(*install);
  if (const YamlNode* verify = fields.find("verify")) profile.verify = read_command(*verify);
  if (const YamlNode* skip = fields.find("skip-permissions")) profile.skip_permissions = read_arguments(*skip);
  if (const YamlNode* required = fields.find("key-required")) profile.key_required = required->boolean();
  if (const YamlNode* url = fields.find("default-base-url"))
    profile.default_base_url = read_url(*url, {"https", "http"});
  read_variables(fields, profile);
  if (const YamlNode* wanted = fields.find("proxy-variables")) profile.proxy_variables = wanted->boolean();
  if (const YamlNode* seed = fields.find("seed")) read_seed(*seed, profile);
  if (const YamlNode* state = fields.find("state")) profile.state = read_state(*state);
  check_completeness(root, profile);
  return profile;
}

}  // namespace agentbox
