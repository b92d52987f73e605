// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/workspace_fields.hpp"

#include "config/yaml/fields.hpp"
#include "core/error.hpp"
#include "core/path_pattern.hpp"

namespace agentbox {
namespace {

// The guard asks each of them about each name.
constexpr std::size_t most_added_patterns = 2000;

PathPattern read_pattern(const YamlNode& item) {
  try {
    return PathPattern(item.line());
  } catch (const Error& error) {
    throw item.error(error.what());
  }
}

}  // namespace

std::vector<std::string> read_patterns(const YamlNode& node) {
  return read_list(node, [](const YamlNode& item) {
    static_cast<void>(read_pattern(item));
    return item.line();
  });
}

std::vector<std::string> read_added_patterns(const YamlNode& node) {
  if (node.items().size() > most_added_patterns) {
    throw node.error("too many patterns", "at most " + std::to_string(most_added_patterns));
  }
  return read_list(node, [](const YamlNode& item) {
    if (read_pattern(item).negated()) {
      throw item.error("\"!\" would take back what is guarded or hidden",
                       "a project's file may only tighten: say that in a policy of yours");
    }
    return item.line();
  });
}

}  // namespace agentbox
