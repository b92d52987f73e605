// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/git_fields.hpp"

#include "config/yaml/fields.hpp"

namespace agentbox {
namespace {

GitRepositoryPattern read_repository(const YamlNode& node) { return node.convert(GitRepositoryPattern::parse); }

std::string read_ref_pattern(const YamlNode& node) { return node.convert(parse_git_ref_pattern); }

GitPushRule read_push_rule(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"repository", "branches", "tags", "delete"});
  GitPushRule rule{.repository = read_repository(fields.required("repository"))};
  if (const YamlNode* branches = fields.find("branches")) rule.branches = read_list(*branches, read_ref_pattern);
  if (const YamlNode* tags = fields.find("tags")) rule.tags = read_list(*tags, read_ref_pattern);
  if (const YamlNode* deletion = fields.find("delete"); deletion != nullptr && deletion->boolean())
    rule.deletion = GitPushRule::Deletion::allowed;
  if (rule.branches.empty() && rule.tags.empty())
    throw node.error("the rule names neither branches nor tags", "as in branches: [agent/*]");
  return rule;
}

GitAccess read_one_host(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"host", "fetch", "push"});
  GitAccess access{.host = read_plain_name(fields.required("host"))};
  std::vector<std::string> seen;
  if (const YamlNode* fetch = fields.find("fetch")) {
    for (const YamlNode& item : fetch->items()) {
      access.fetch.push_back(read_repository(item));
      add_unique(seen, access.fetch.back().text, item);
    }
  }
  if (const YamlNode* push = fields.find("push")) {
    for (const YamlNode& item : push->items()) access.push.push_back(read_push_rule(item));
  }
  if (access.fetch.empty() && access.push.empty())
    throw node.error("no repository is named", "write \"fetch\", \"push\" or both");
  return access;
}

}  // namespace

std::vector<GitAccess> read_git_access(const YamlNode& node) {
  std::vector<GitAccess> result;
  std::vector<std::string> hosts;
  for (const YamlNode& item : node.items()) {
    result.push_back(read_one_host(item));
    add_unique(hosts, result.back().host, item);
  }
  return result;
}

}  // namespace agentbox
