// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/agent_profile.hpp"
#include "config/base_image.hpp"
#include "config/egress_group.hpp"
#include "config/git_host.hpp"
#include "config/policy.hpp"
#include "config/price_table.hpp"
#include "config/provider.hpp"
#include "config/user_config.hpp"
#include "config/yaml/node.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

// One definition each, from the text of its file. Pure: names of other definitions are not looked up here; that is
// the Catalog's part. source is kept for messages, and its stem becomes the name.
// All throw Error{config} with file:line:column. The schemas are described in agents/README.md, agents/providers/README.md,
// agents/git-hosts/README.md, policies/README.md and base-images/README.md.

AgentProfile parse_agent_profile(std::string_view text, const std::filesystem::path& source);
Policy parse_policy(std::string_view text, const std::filesystem::path& source);
Provider parse_provider(std::string_view text, const std::filesystem::path& source);
GitHost parse_git_host(std::string_view text, const std::filesystem::path& source);
PriceTable parse_price_table(std::string_view text, const std::filesystem::path& source);
EgressGroup parse_egress_group(std::string_view text, const std::filesystem::path& source);
/// A file with nothing but comments gives the defaults.
UserConfig parse_user_config(std::string_view text, const std::filesystem::path& source);

/// A name that refers to another definition, with the place where it stands.
struct Reference {
  std::string name;
  YamlPlace place;
};

/// A base image as its file says it, before its parents are known.
struct BaseImageFile {
  BaseImage image;
  std::optional<Reference> from;
  std::optional<Reference> user;  ///< only when the file says so
  std::vector<Reference> agents;
};
BaseImageFile parse_base_image(std::string_view text, const std::filesystem::path& source);

/// The text of a definition, within YamlLimits::bytes.
std::string read_definition(const std::filesystem::path& file);

}  // namespace agentbox
