// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/agent_variables.hpp"

#include "config/seed_template.hpp"
#include "config/yaml/fields.hpp"

#include <algorithm>

namespace agentbox {
namespace {

using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class VariableReader {
 public:
  /// Set in every session, or looked up for every one.
  std::string name(const YamlNode& node) {
    std::string result = read_environment_name(node);
    if (contains(by_key_, result) || contains(by_permissions_, result)) throw twice(node, result);
    add_unique(always_, result, node);
    return result;
  }

  VariableTemplates environment(const YamlNode& node) {
    return templates(node, [&](const YamlNode& key) { return name(key); });
  }

  KeyVariable key(const YamlNode& node) {
    const YamlMapping fields = node.mapping({"name", "help", "provider", "credential", "base-url-variable",
                                             "default-base-url", "model", "environment", "network-groups"});
    KeyVariable key{.name = name(fields.required("name")), .help = fields.required("help").line()};
    const YamlNode* provider = fields.find("provider");
    const YamlNode* credential = fields.find("credential");
    if ((provider == nullptr) != (credential == nullptr))
      throw node.error("\"provider\" and \"credential\" belong together");
    if (provider != nullptr) {
      key.provider = read_plain_name(*provider);
      key.credential = read_plain_name(*credential);
    }
    if (const YamlNode* model = fields.find("model")) key.model = model->line();
    if (const YamlNode* url = fields.find("default-base-url")) key.default_base_url = read_url(*url, {"https", "http"});
    if (const YamlNode* variable = fields.find("base-url-variable")) key.base_url_variable = key_name(*variable);
    if (key.base_url_variable.empty() != key.default_base_url.empty())
      throw node.error("\"base-url-variable\" and \"default-base-url\" belong together");
    if (const YamlNode* environment = fields.find("environment"))
      key.environment = templates(*environment, [&](const YamlNode& one) { return key_name(one); });
    if (const YamlNode* groups = fields.find("network-groups"))
      key.network_groups = read_list(*groups, read_plain_name);
    return key;
  }

  VariableTemplates permission_environment(const YamlNode& node) {
    return templates(node, [&](const YamlNode& key) { return conditional(key, by_permissions_, by_key_); });
  }

 private:
  /// Of a session with one of the keys; several may have it.
  std::string key_name(const YamlNode& node) { return conditional(node, by_key_, by_permissions_); }

  std::string conditional(const YamlNode& node, Names& own, const Names& other) {
    std::string result = read_environment_name(node);
    if (contains(always_, result) || contains(other, result)) throw twice(node, result);
    own.push_back(result);
    return result;
  }

  template <typename ReadName>
  static VariableTemplates templates(const YamlNode& node, ReadName read_name) {
    VariableTemplates result;
    for (const YamlEntry& entry : node.entries()) {
      const std::string value = entry.value.text();
      if (value.find_first_of("\n\t") != std::string::npos)
        throw entry.value.error("a variable's value is one line of text");
      const std::string name = read_name(entry.key);
      try {
        check_variable(name, value);
      } catch (const Error& error) {
        throw entry.value.error(error.what(), error.hint());
      }
      result.emplace(name, value);
    }
    return result;
  }

  static Error twice(const YamlNode& node, const std::string& name) {
    return node.error("\"" + name + "\" stands here twice", "in a session it would have two values");
  }

  Names always_;
  Names by_key_;
  Names by_permissions_;
};

const YamlNode* environment_of(const YamlNode* permissions) {
  return permissions == nullptr || permissions->kind() != YamlNode::Kind::mapping
             ? nullptr
             : permissions->mapping({"arguments", "environment"}).find("environment");
}

}  // namespace

std::vector<std::string> read_permission_arguments(const YamlNode& node) {
  if (node.kind() != YamlNode::Kind::mapping) return read_arguments(node);
  const YamlNode* arguments = node.mapping({"arguments", "environment"}).find("arguments");
  return arguments == nullptr ? std::vector<std::string>{} : read_arguments(*arguments);
}

void read_variables(const YamlMapping& fields, AgentProfile& profile) {
  VariableReader variables;
  if (const YamlNode* keys = fields.find("keys")) {
    for (const YamlNode& item : keys->items()) profile.keys.push_back(variables.key(item));
  }
  if (const YamlNode* variable = fields.find("base-url-variable"))
    profile.base_url_variable = variables.name(*variable);
  // Looked up only: what the session gets of it is {model}.
  if (const YamlNode* variable = fields.find("model-variable"))
    profile.model_variable = read_environment_name(*variable);
  if (const YamlNode* environment = fields.find("environment"))
    profile.environment = variables.environment(*environment);
  if (const YamlNode* environment = fields.find("environment-without-terminal"))
    profile.environment_without_terminal = variables.environment(*environment);
  if (const YamlNode* passed = fields.find("pass-environment")) {
    for (const YamlNode& item : passed->items()) profile.pass_environment.push_back(variables.name(item));
  }
  if (const YamlNode* environment = environment_of(fields.find("skip-permissions")))
    profile.skip_permissions.environment = variables.permission_environment(*environment);
  if (const YamlNode* environment = environment_of(fields.find("ask-permissions")))
    profile.ask_permissions.environment = variables.permission_environment(*environment);
}

}  // namespace agentbox
