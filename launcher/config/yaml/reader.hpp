// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/yaml/node.hpp"

#include <cstddef>
#include <string_view>

namespace agentbox {

/// What a definition may be at most. Far above any honest one, far below what hurts.
struct YamlLimits {
  static constexpr std::size_t bytes = 256 * 1024;
  static constexpr std::size_t depth = 16;     ///< of nested lists and mappings
  static constexpr std::size_t nodes = 10000;  ///< keys, values, lists and mappings together
};

/// The only door to yaml-cpp. A deliberately small YAML: one document of UTF-8 text, without anchors, aliases, tags
/// and duplicate keys, with scalar keys. A file without content gives a null node.
/// Throws Error{config} with file:line:column; never anything else for whatever bytes come in.
/// file: only for messages.
YamlNode parse_yaml(std::string_view text, std::string_view file);

}  // namespace agentbox
