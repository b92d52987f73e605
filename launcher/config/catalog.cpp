// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/catalog.hpp"

#include "config/base_image_chain.hpp"
#include "config/loaders.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

/// What distinguishes the kinds of definitions.
struct Kind {
  std::string_view folder;
  std::string_view noun;
};
constexpr Kind agents{"agents", "agent"};
constexpr Kind policies{"policies", "policy"};
constexpr Kind base_images{"base-images", "base image"};
constexpr Kind providers{"agents/providers", "provider"};
constexpr Kind git_hosts{"agents/git-hosts", "git host"};

/// Stands among the providers, and is none.
constexpr std::string_view prices_file = "prices";
constexpr Kind egress_groups{"policies/groups", "group of hosts"};

/// "+" is kept for names of derived layers: dev+claude.
bool is_definition_name(std::string_view name) {
  return is_plain_name(name) && name.find('+') == std::string_view::npos;
}

void add_names(const fs::path& folder, std::set<std::string>& names) {
  std::error_code failure;
  fs::directory_iterator files(folder, failure);
  if (failure == std::errc::no_such_file_or_directory) return;
  if (failure) throw system_error(failure.value(), fmt::format("cannot list the definitions in {}", folder.string()));
  for (const fs::directory_entry& file : files) {
    const std::string stem = file.path().stem().string();
    if (file.path().extension() == ".yaml" && is_definition_name(stem) && file.is_regular_file(failure))
      names.insert(stem);
  }
}

std::vector<std::string> list_names(const Kind& kind, const fs::path& user, const fs::path& shipped) {
  std::set<std::string> names;
  add_names(user / kind.folder, names);
  add_names(shipped / kind.folder, names);
  return {names.begin(), names.end()};
}

Error unknown_name(const Kind& kind, const std::string& name, const std::vector<std::string>& known) {
  std::string hint = known.empty() ? std::string("none is installed") : fmt::format("known: {}", join(known, ", "));
  if (const std::string match = closest_match(name, known); !match.empty())
    hint = fmt::format("did you mean \"{}\"? {}", match, hint);
  return Error(ErrorKind::usage, fmt::format("unknown {} \"{}\"", kind.noun, escape_untrusted(name, 80)), hint);
}

/// The user's file when there is one, else the shipped one.
fs::path find_definition(const Kind& kind, const std::string& name, const fs::path& user, const fs::path& shipped) {
  if (is_definition_name(name)) {  // before it becomes part of a path
    for (const fs::path& directory : {user, shipped}) {
      const fs::path file = directory / kind.folder / (name + ".yaml");
      if (fs::exists(file)) return file;
    }
  }
  throw unknown_name(kind, name, list_names(kind, user, shipped));
}

}  // namespace

Catalog::Catalog(fs::path user_directory, fs::path shipped_directory)
    : user_directory_(std::move(user_directory)), shipped_directory_(std::move(shipped_directory)) {}

AgentProfile Catalog::agent(const std::string& name) const {
  const fs::path file = find_definition(agents, name, user_directory_, shipped_directory_);
  AgentProfile profile = parse_agent_profile(read_definition(file), file);
  const UserConfig config = user_config();
  if (const auto wanted = config.agent_versions.find(name); wanted != config.agent_versions.end()) {
    if (!takes_version(profile))
      throw Error(ErrorKind::config,
                  fmt::format("config.yaml asks for version {} of {}, whose installer takes none", wanted->second, name),
                  fmt::format("leave it out of agent-versions, or use {{version}} in the steps of {}", file.string()));
    profile.version = wanted->second;
  }
  return profile;
}

Policy Catalog::policy(const std::string& name) const {
  const fs::path file = find_definition(policies, name, user_directory_, shipped_directory_);
  return parse_policy(read_definition(file), file);
}

EgressGroup Catalog::egress_group(const std::string& name) const {
  const fs::path file = find_definition(egress_groups, name, user_directory_, shipped_directory_);
  return parse_egress_group(read_definition(file), file);
}

BaseImage Catalog::base_image(const std::string& name) const {
  const auto load = [this](const std::string& plain_name) {
    const fs::path file = find_definition(base_images, plain_name, user_directory_, shipped_directory_);
    return parse_base_image(read_definition(file), file);
  };
  const auto known_agents = agent_names();
  const auto check_agent = [&](const std::string& agent) {
    if (!std::binary_search(known_agents.begin(), known_agents.end(), agent))
      throw unknown_name(agents, agent, known_agents);
  };
  return resolve_base_image(name, load, check_agent);
}

UserConfig Catalog::user_config() const {
  const fs::path file = user_directory_ / "config.yaml";
  if (!fs::exists(file)) return {};
  return parse_user_config(read_definition(file), file);
}

Provider Catalog::provider(const std::string& name) const {
  if (name == prices_file) throw unknown_name(providers, name, provider_names());
  const fs::path file = find_definition(providers, name, user_directory_, shipped_directory_);
  return parse_provider(read_definition(file), file);
}

GitHost Catalog::git_host(const std::string& name) const {
  const fs::path file = find_definition(git_hosts, name, user_directory_, shipped_directory_);
  return parse_git_host(read_definition(file), file);
}

PriceTable Catalog::prices() const {
  const fs::path file = find_definition(providers, std::string(prices_file), user_directory_, shipped_directory_);
  return parse_price_table(read_definition(file), file);
}

std::vector<std::string> Catalog::agent_names() const {
  return list_names(agents, user_directory_, shipped_directory_);
}
std::vector<std::string> Catalog::policy_names() const {
  return list_names(policies, user_directory_, shipped_directory_);
}
std::vector<std::string> Catalog::base_image_names() const {
  return list_names(base_images, user_directory_, shipped_directory_);
}
std::vector<std::string> Catalog::provider_names() const {
  auto names = list_names(providers, user_directory_, shipped_directory_);
  std::erase(names, prices_file);
  return names;
}
std::vector<std::string> Catalog::git_host_names() const {
  return list_names(git_hosts, user_directory_, shipped_directory_);
}
std::vector<std::string> Catalog::egress_group_names() const {
  return list_names(egress_groups, user_directory_, shipped_directory_);
}

}  // namespace agentbox
