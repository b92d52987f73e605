// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/agent_variables.hpp"
#include "config/loaders.hpp"
#include "config/seed_template.hpp"
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

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
  if (word == "yaml") return SeedFile::Format::yaml;
  throw Error(ErrorKind::usage, fmt::format("unknown format \"{}\"", escape_untrusted(word, 80)),
              "it is one of: text, json, toml, yaml");
}

Permissions parse_permissions(const std::string& word) {
  if (word == "skip") return Permissions::skip;
  if (word == "ask") return Permissions::ask;
  throw Error(ErrorKind::usage, fmt::format("unknown word \"{}\"", escape_untrusted(word, 80)), "it is one of: skip, ask");
}

SeedFile read_seed_file(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"path", "format", "content", "keys", "permissions"});
  const YamlNode& content = fields.required("content");
  SeedFile seed{.path = read_home_path(fields.required("path")),
                .content = content.text(),
                .format = fields.required("format").convert(parse_format)};
  if (const YamlNode* keys = fields.find("keys")) seed.keys = read_list(*keys, read_environment_name);
  if (const YamlNode* permissions = fields.find("permissions")) seed.permissions = permissions->convert(parse_permissions);
  try {
    check_seed(seed);
  } catch (const Error& error) {
    throw content.error(error.what(), error.hint());
  }
  return seed;
}

/// "DIRECTORY/" or "FILE", below the home.
std::vector<StatePath> read_places(const YamlNode& node) {
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

SeedFile::Format parse_settings_format(const std::string& word) {
  if (word == "json") return SeedFile::Format::json;
  if (word == "toml") return SeedFile::Format::toml;
  throw Error(ErrorKind::usage, fmt::format("settings cannot be chosen in the format \"{}\"", escape_untrusted(word, 80)), "it is one of: json, toml");
}

AgentSettings::Moved read_moved(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"variable", "places"});
  AgentSettings::Moved moved{.variable = read_environment_name(fields.required("variable")), .places = {}};
  for (const YamlEntry& entry : fields.required("places").entries()) {
    const std::string to = entry.value.line();
    if (to != ".") check_home_path(entry.value, to);
    moved.places.emplace(read_home_path(entry.key), to);
  }
  return moved;
}

AgentSettings read_settings(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"files", "chosen", "moved"});
  AgentSettings settings;
  if (const YamlNode* files = fields.find("files")) settings.files = read_places(*files);
  if (const YamlNode* chosen = fields.find("chosen")) {
    for (const YamlNode& item : chosen->items()) {
      const YamlMapping parts = item.mapping({"path", "format", "keys"});
      settings.chosen.push_back({.path = read_home_path(parts.required("path")),
                                 .format = parts.required("format").convert(parse_settings_format),
                                 .keys = read_list(parts.required("keys"), read_line)});
    }
  }
  if (const YamlNode* moved = fields.find("moved")) {
    for (const YamlNode& item : moved->items()) settings.moved.push_back(read_moved(item));
  }
  return settings;
}

/// Nothing else may be where a directory of the host's is: it is read-only.
void check_settings(const YamlNode& node, const AgentProfile& profile) {
  const auto meet = [](const std::string& one, const std::string& other) {
    return one == other || one.starts_with(other + "/") || other.starts_with(one + "/");
  };
  const auto refuse_if_meets = [&](const StatePath& file, const std::string& other, std::string_view what) {
    if (meet(file.path, other))
      throw node.error(fmt::format("\"{}\" and \"{}\" of the {} lie in one another", escape_untrusted(file.path, 200), escape_untrusted(other, 200), what));
  };
  for (const StatePath& file : profile.settings.files) {
    for (const SeedFile& seed : profile.seed) refuse_if_meets(file, seed.path, "seed");
    for (const StatePath& state : profile.state) refuse_if_meets(file, state.path, "state");
    for (const AgentSettings::Chosen& chosen : profile.settings.chosen) refuse_if_meets(file, chosen.path, "chosen settings");
  }
}

/// Whether there is a session that would get both.
bool may_meet(const SeedFile& one, const SeedFile& other) {
  const bool same_permissions = !one.permissions || !other.permissions || one.permissions == other.permissions;
  const bool common_key = !one.keys || !other.keys || (one.keys->empty() && other.keys->empty()) ||
                          std::any_of(one.keys->begin(), one.keys->end(), [&](const std::string& key) {
                            return std::find(other.keys->begin(), other.keys->end(), key) != other.keys->end();
                          });
  return one.path == other.path && same_permissions && common_key;
}

/// After the keys.
void read_seed(const YamlNode& node, AgentProfile& profile) {
  for (const YamlNode& item : node.items()) {
    SeedFile seed = read_seed_file(item);
    for (const std::string& name : seed.keys.value_or(std::vector<std::string>{})) {
      const bool known = std::any_of(profile.keys.begin(), profile.keys.end(), [&](const KeyVariable& key) { return key.name == name; });
      if (!known) throw item.error(fmt::format("{} is no key of this profile", name));
    }
    for (const SeedFile& other : profile.seed) {
      if (may_meet(seed, other))
        throw item.error(fmt::format("\"{}\" stands here twice", escape_untrusted(seed.path, 200)),
                         "only with different \"keys\" or \"permissions\" may a path be given again");
    }
    profile.seed.push_back(std::move(seed));
  }
}

std::string read_version(const YamlNode& node) {
  std::string version = node.line();
  if (!is_version(version))
    throw node.error(fmt::format("\"{}\" is not a version", escape_untrusted(version, 80)), "as in latest, or \"2.1.330\"");
  return version;
}

AgentProfile::StateUse parse_state_use(const std::string& word) {
  if (word == "shared") return AgentProfile::StateUse::shared;
  if (word == "one-session") return AgentProfile::StateUse::one_session;
  throw Error(ErrorKind::usage, fmt::format("unknown word \"{}\"", escape_untrusted(word, 80)), "it is one of: shared, one-session");
}

/// What is for people and tests, and changes nothing in a session.
void read_remarks(const YamlMapping& fields, AgentProfile& profile) {
  if (const YamlNode* description = fields.find("description")) profile.description = description->line();
  if (const YamlNode* tested = fields.find("tested")) profile.tested = read_version(*tested);
  if (const YamlNode* size = fields.find("size"))
    profile.size = read_size(*size, ByteSize::mebibytes(1), ByteSize::gibibytes(100));
  if (const YamlNode* headless = fields.find("headless")) profile.headless = read_arguments(*headless);
  if (const YamlNode* resume = fields.find("resume")) profile.resume = read_arguments(*resume);
  if (const YamlNode* notes = fields.find("notes")) profile.notes = read_arguments(*notes);
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
  const YamlMapping fields = root.mapping(
      {"description", "base", "version", "install", "verify", "tested", "size", "command", "skip-permissions", "ask-permissions",
       "headless", "resume", "keys", "key-required", "base-url-variable", "default-base-url", "model-variable", "environment",
       "environment-without-terminal", "pass-environment", "proxy-variables", "network-groups", "seed", "settings", "state", "state-use", "notes"});
  AgentProfile profile;
  profile.name = source.stem().string();
  profile.source = source;
  profile.command = read_command(fields.required("command"));
  read_remarks(fields, profile);
  if (const YamlNode* base = fields.find("base")) profile.base = read_plain_name(*base);
  if (const YamlNode* version = fields.find("version")) profile.version = read_version(*version);
  if (const YamlNode* install = fields.find("install")) profile.install = read_install(*install);
  if (const YamlNode* verify = fields.find("verify")) profile.verify = read_command(*verify);
  if (const YamlNode* skip = fields.find("skip-permissions"))
    profile.skip_permissions.arguments = read_permission_arguments(*skip);
  if (const YamlNode* ask = fields.find("ask-permissions")) profile.ask_permissions.arguments = read_permission_arguments(*ask);
  if (const YamlNode* required = fields.find("key-required")) profile.key_required = required->boolean();
  if (const YamlNode* url = fields.find("default-base-url"))
    profile.default_base_url = read_url(*url, {"https", "http"});
  read_variables(fields, profile);
  if (const YamlNode* wanted = fields.find("proxy-variables")) profile.proxy_variables = wanted->boolean();
  if (const YamlNode* groups = fields.find("network-groups")) profile.network_groups = read_list(*groups, read_plain_name);
  if (const YamlNode* seed = fields.find("seed")) read_seed(*seed, profile);
  if (const YamlNode* state = fields.find("state")) profile.state = read_places(*state);
  if (const YamlNode* use = fields.find("state-use")) profile.state_use = use->convert(parse_state_use);
  if (const YamlNode* settings = fields.find("settings")) {
    profile.settings = read_settings(*settings);
    check_settings(*settings, profile);
  }
  check_completeness(root, profile);
  return profile;
}

}  // namespace agentbox
