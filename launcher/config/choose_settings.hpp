// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/agent_profile.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

struct ChosenSettings {
  std::string content;                    ///< of the file that the session gets
  std::vector<std::string> taken = {};    ///< keys
  std::vector<std::string> secrets = {};  ///< keys that were left out, or lost a part, because of what they hold
};

/// The user's own settings file, of which nothing but the chosen keys is taken, with what the seed says over it. seed:
/// the rendered content of the seed file at the same path; empty: there is none. Values that are secrets by their name
/// or shape are left out (core/secret_shape.hpp). In json comments are taken for such. In toml, values are taken that
/// stand on one line above the first table. Throws Error{config} for a file that is not of its format. Pure.
ChosenSettings choose_settings(std::string_view host, std::string_view seed, const AgentSettings::Chosen& chosen);

}  // namespace agentbox
