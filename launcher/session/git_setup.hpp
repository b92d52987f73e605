// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/git_access.hpp"
#include "config/git_host.hpp"
#include "gateway/broker/plan.hpp"
#include "session/run_plan.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// What git's part of the broker's plan is made of. All looked up by the caller; nothing here reads the host.
struct GitInputs {
  const std::vector<GitAccess>& access;  ///< the policy's
  std::string broker_url;                ///< where the guest finds the broker: http://10.0.2.2:8080
  std::function<GitHost(const std::string&)> host;                         ///< Catalog::git_host
  std::function<std::optional<SecretText>(const GitHost&)> token;          ///< none: the host has none
  std::function<std::string()> random;                                     ///< 32 hexadecimal digits, new each time
};

/// What a session gets instead of a token.
struct GitSetup {
  std::vector<BrokerRoute> routes;           ///< one for each service that the host has a token for
  std::vector<SessionVariable> environment;  ///< git's configuration: GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0, ...
  std::vector<std::string> warnings;         ///< a service without a token
};

/// Pure. git finds the broker by its own configuration, which it takes from the environment, so there is no file to write
/// and none to leave behind: url.BROKER.insteadOf for each form of each repository's URL, and the placeholder as a header
/// for the broker's URL alone. git goes by prefix: other repositories are left alone, but for those whose names only begin
/// like a listed one, which the broker refuses. A service without a token gets no route.
GitSetup make_git_setup(const GitInputs& inputs);

/// Whether a variable is part of such a configuration: only one can be in force.
bool is_git_configuration(const std::string& variable);

}  // namespace agentbox
