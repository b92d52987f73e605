// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/covers.hpp"

#include <algorithm>
#include <functional>

namespace agentbox {
namespace {

const std::vector<std::uint16_t>& ports_of(const EgressRule& rule) {
  static const std::vector<std::uint16_t> web{80, 443};
  return rule.ports.empty() ? web : rule.ports;
}

// By their texts: "*.example.org" stands for everything below example.org.
bool covers_host(const HostPattern& wide, const HostPattern& narrow) {
  const std::string inner = narrow.text();
  const std::string outer = wide.text();
  return inner == outer || (outer.starts_with("*.") && inner.ends_with(outer.substr(1)));
}

// Ending where a component of the path ends, as decide() reads it.
bool is_path_below(const std::string& path, const std::string& prefix) {
  return path.starts_with(prefix) && (prefix.ends_with('/') || path.size() == prefix.size() || path[prefix.size()] == '/');
}

template <class Value, class Within>
bool all_within(const std::vector<Value>& narrow, const std::vector<Value>& wide, Within within) {
  return std::all_of(narrow.begin(), narrow.end(), [&](const Value& one) {
    return std::any_of(wide.begin(), wide.end(), [&](const Value& other) { return within(one, other); });
  });
}

}  // namespace

bool covers(const EgressRule& wide, const EgressRule& narrow) {
  const bool methods = wide.methods.empty() || (!narrow.methods.empty() && all_within(narrow.methods, wide.methods, std::equal_to<>()));
  const bool paths = wide.paths.empty() || (!narrow.paths.empty() && all_within(narrow.paths, wide.paths, is_path_below));
  return covers_host(wide.host, narrow.host) && all_within(ports_of(narrow), ports_of(wide), std::equal_to<>()) && methods && paths;
}

}  // namespace agentbox
