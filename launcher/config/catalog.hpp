// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/agent_profile.hpp"
#include "config/base_image.hpp"
#include "config/egress_group.hpp"
#include "config/git_host.hpp"
#include "config/policy.hpp"
#include "config/price_table.hpp"
#include "config/provider.hpp"
#include "config/user_config.hpp"

namespace agentbox {

/// Where definitions are looked for: the user's own first, then the shipped ones. A file NAME.yaml in
/// USER/agents/ hides the shipped agents/NAME.yaml; likewise policies/ and base-images/.
class Catalog {
 public:
  /// user_directory may not exist. shipped_directory holds agents/, policies/ and base-images/.
  Catalog(std::filesystem::path user_directory, std::filesystem::path shipped_directory);

  /// Each throws Error{config} with file:line:column for a wrong file, and Error{usage} with the known names
  /// (and a "did you mean") for an unknown name.
  /// Its version is the one that config.yaml asks for, if it does.
  [[nodiscard]] AgentProfile agent(const std::string& name) const;
  [[nodiscard]] Policy policy(const std::string& name) const;
  [[nodiscard]] BaseImage base_image(const std::string& name) const;
  /// policies/groups/NAME.yaml, the user's own or the shipped one.
  [[nodiscard]] EgressGroup egress_group(const std::string& name) const;
  [[nodiscard]] UserConfig user_config() const;
  /// agents/providers/NAME.yaml, and agents/providers/prices.yaml, each the user's own or the shipped one.
  [[nodiscard]] Provider provider(const std::string& name) const;
  [[nodiscard]] PriceTable prices() const;
  /// agents/git-hosts/NAME.yaml
  [[nodiscard]] GitHost git_host(const std::string& name) const;

  [[nodiscard]] std::vector<std::string> agent_names() const;  ///< sorted, no duplicates
  [[nodiscard]] std::vector<std::string> policy_names() const;
  [[nodiscard]] std::vector<std::string> base_image_names() const;
  [[nodiscard]] std::vector<std::string> provider_names() const;
  [[nodiscard]] std::vector<std::string> git_host_names() const;
  [[nodiscard]] std::vector<std::string> egress_group_names() const;

  [[nodiscard]] const std::filesystem::path& shipped_directory() const { return shipped_directory_; }

 private:
  std::filesystem::path user_directory_;
  std::filesystem::path shipped_directory_;
};

}  // namespace agentbox
