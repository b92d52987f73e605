// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace agentbox {
namespace {

std::string read_program(const YamlNode& node) {
  std::string path = node.line();
  // A relative path would mean another program in each project directory.
  if (!path.starts_with('/')) throw node.error("the path of a program must be absolute");
  return path;
}

std::string read_accelerator(const YamlNode& node) {
  return node.convert([](const std::string& word) {
    if (word == "auto") return std::string();
    if (word == "kvm" || word == "tcg") return word;
    throw Error(ErrorKind::usage, "unknown accelerator", "it is one of: auto, kvm, tcg");
  });
}

SecretStoreChoice read_store(const YamlNode& node) {
  return node.mapping({"store"}).required("store").convert(parse_secret_store_choice);
}

std::string read_key_name(const YamlNode& node) {
  std::string name = node.line();
  if (!is_secret_name(name))
    throw node.error(fmt::format("\"{}\" is not the name of a variable", escape_untrusted(name, 80)),
                     "as in ANTHROPIC_API_KEY");
  return name;
}

std::filesystem::path read_project(const YamlNode& node) {
  const std::filesystem::path path = node.line();
  if (!path.is_absolute()) throw node.error("the path of a project must be absolute");
  const std::filesystem::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();  // "/x/y/" is "/x/y"
}

/// A program by its absolute path or by a name that is looked up in PATH; ./x would be the project's.
std::vector<std::string> read_key_command(const YamlNode& node) {
  std::vector<std::string> command = read_arguments(node);
  if (command.empty()) throw node.error("a command needs at least the program", "as in [pass, show, anthropic/key]");
  if (!command.front().starts_with('/') && command.front().find('/') != std::string::npos)
    throw node.error("the path of a program must be absolute");
  return command;
}

KeyCommand read_key_source(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"name", "agent", "project", "command"});
  KeyCommand key{.id = {.name = read_key_name(fields.required("name")), .scope = {}},
                 .command = read_key_command(fields.required("command"))};
  if (const YamlNode* agent = fields.find("agent")) key.id.scope.agent = read_plain_name(*agent);
  if (const YamlNode* project = fields.find("project")) key.id.scope.project = read_project(*project);
  return key;
}

std::vector<KeyCommand> read_key_sources(const YamlNode& node) {
  std::vector<KeyCommand> keys;
  std::vector<std::string> ids;
  for (const YamlNode& item : node.items()) {
    keys.push_back(read_key_source(item));
    add_unique(ids, to_text(keys.back().id), item);
  }
  return keys;
}

std::map<std::string, std::string> read_agent_versions(const YamlNode& node) {
  std::map<std::string, std::string> versions;
  for (const YamlEntry& entry : node.entries()) {
    const std::string version = entry.value.line();
    if (!is_version(version))
      throw entry.value.error(fmt::format("\"{}\" is not a version", escape_untrusted(version, 80)), "as in \"2.1.330\"");
    versions.emplace(read_plain_name(entry.key), version);
  }
  return versions;
}

TemplateLimits read_template_limits(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"unused-for", "count", "size"});
  TemplateLimits limits;
  if (const YamlNode* unused = fields.find("unused-for"))
    limits.unused_for = read_duration(*unused, std::chrono::hours(1), std::chrono::hours(24 * 3650));
  if (const YamlNode* count = fields.find("count")) limits.count = count->integer(0, 1000);
  if (const YamlNode* size = fields.find("size"))
    limits.size = read_size(*size, ByteSize(0), ByteSize::gibibytes(1024 * 1024));
  return limits;
}

}  // namespace

UserConfig parse_user_config(std::string_view text, const std::filesystem::path& source) {
  const YamlNode root = parse_yaml(text, source.string());
  UserConfig config;
  if (root.kind() == YamlNode::Kind::null) return config;
  const YamlMapping fields = root.mapping({"policy", "base", "debian-mirror", "keep-host-ca", "qemu", "accelerator",
                                           "templates", "secrets", "keys", "agent-versions"});
  if (const YamlNode* policy = fields.find("policy")) config.policy = read_plain_name(*policy);
  if (const YamlNode* base = fields.find("base")) config.base = read_plain_name(*base);
  if (const YamlNode* mirror = fields.find("debian-mirror"))
    config.debian_mirror = read_url(*mirror, {"https", "http", "file"});
  if (const YamlNode* keep = fields.find("keep-host-ca")) config.keep_host_ca = keep->boolean();
  if (const YamlNode* qemu = fields.find("qemu")) config.qemu = read_program(*qemu);
  if (const YamlNode* accelerator = fields.find("accelerator")) config.accelerator = read_accelerator(*accelerator);
  if (const YamlNode* templates = fields.find("templates")) config.templates = read_template_limits(*templates);
  if (const YamlNode* secrets = fields.find("secrets")) config.secret_store = read_store(*secrets);
  if (const YamlNode* keys = fields.find("keys")) config.key_commands = read_key_sources(*keys);
  if (const YamlNode* versions = fields.find("agent-versions")) config.agent_versions = read_agent_versions(*versions);
  return config;
}

}  // namespace agentbox
