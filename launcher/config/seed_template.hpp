// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/agent_profile.hpp"

#include <string>
#include <string_view>

namespace agentbox {

/// What the placeholders of seed files and variables stand for in one session.
struct SeedValues {
  std::string project = {};     ///< {project}: absolute path of the project in the guest
  std::string home = {};        ///< {home}: the guest user's home
  std::string base_url = {};    ///< {base_url}: where the agent finds its model service
  std::string key_tail20 = {};  ///< {key_tail20}: see key_tail()
  std::string key = {};         ///< {key}: the key as the session has it, which is a placeholder when it is brokered
  std::string model = {};       ///< {model}: what the host's variable says, else the profile
};

/// The last 20 characters of a key, all of a shorter one: how claude remembers a key that was approved.
std::string key_tail(std::string_view key);

/// A placeholder is a lower-case word in braces, {project}, and nothing else: {}, { a = 1 }, {"a": 1}, ${HOME} and
/// ${{ x }} are plain content. In json, toml and yaml a placeholder must stand between double quotes, because that is what
/// makes escaping possible. Throws Error{config} with the line within the content for an unknown word, or one that
/// stands outside quotes.
void check_seed(const SeedFile& seed);

/// The content with its placeholders replaced. Pure. A project path may hold any byte:
/// json, toml, yaml: quotes, backslashes and control characters are escaped, bytes that are not UTF-8 become U+FFFD;
/// text: has no escapes, so a value with a control character is an Error{config}.
std::string render_seed(const SeedFile& seed, const SeedValues& values);

/// The same for a variable's value, which is text.
void check_variable(const std::string& name, const std::string& value);
std::string render_variable(const std::string& name, const std::string& value, const SeedValues& values);
/// Whether such a value, rendered, must not be shown.
bool holds_key(const std::string& value);

}  // namespace agentbox
