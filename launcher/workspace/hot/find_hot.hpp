// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/beneath.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace agentbox {

/// What a host has at the place of a hot directory.
struct HotCandidate {
  std::string path;  ///< relative to the project
  enum class Host {
    nothing,
    empty,
    content,
    other
  } host = Host::nothing;  ///< other: no directory, or links are on the way
  friend bool operator==(const HotCandidate&, const HotCandidate&) = default;
};
HotCandidate look_at_hot(const Beneath& project, const std::string& path);

struct HotLimits {
  std::size_t depth = 8;
  std::size_t entries = 200'000;  ///< looked at in all
  std::size_t directories = 64;   ///< found in all
};

/// The directories that package managers and builds fill in projects of this kind: node_modules beside a package.json,
/// target beside a Cargo.toml, and so on, in packages further down, too. Hidden directories and those found are not
/// looked into, links not followed.
struct FoundHot {
  std::vector<HotCandidate> directories;  ///< the nearest to the project's root first
  enum class Python {
    no,
    yes
  } python = Python::no;  ///< there are Python projects, which have a __pycache__ nearly everywhere
  enum class Seen { all, part } seen = Seen::all;  ///< part: a limit was met
};
FoundHot find_hot_directories(const Beneath& project, const HotLimits& limits = {});

/// Names of directories that never hold anything else, wherever they are.
const std::vector<std::string>& names_always_hot();

}  // namespace agentbox
