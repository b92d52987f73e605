// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/secret_id.hpp"

namespace agentbox {

/// A program that prints a key: an entry of `keys:` in the user's own config.yaml, and nowhere else. A policy, a profile
/// or a project's file may come from somebody else; none of them may name a program of the host.
struct KeyCommand {
  SecretId id;
  std::vector<std::string> command;  ///< argv; argv[0] is absolute or looked up in PATH

  friend bool operator==(const KeyCommand&, const KeyCommand&) = default;
};

}  // namespace agentbox
