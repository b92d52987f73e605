// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/catalog.hpp"
#include "config/loaders.hpp"
#include "gateway/broker/plan.hpp"

#include <filesystem>
#include <string>

namespace agentbox::test {

/// Shaped like the real ones, so that what treats them specially does.
inline const std::string real_key = "sk-ant-api03-REAL0123456789abcdefREALkey";
inline const std::string placeholder = "sk-ant-api03-PLACEHOLDER0123456789abcdef";

inline Catalog shipped_catalog() {
  const std::filesystem::path shipped = AGENTBOX_SOURCE_DIR;
  return Catalog(shipped / "no-such-directory", shipped);
}

/// A route by a definition, with an upstream of the test's own.
inline BrokerRoute route_by(const Provider& provider, const std::string& upstream, const std::string& shown = placeholder,
                            const std::string& key = real_key) {
  BrokerRoute route;
  route.name = provider.name;
  route.base_path = provider.base_path;
  route.upstream = Upstream::parse(upstream);
  route.wire = provider.wire;
  route.placeholder = SecretText(shown);
  route.header = provider.credentials.at(0).header;
  route.scheme = provider.credentials.at(0).scheme;
  route.key = SecretText(key);
  route.metered = provider.metered;
  route.free = provider.free;
  route.answered = provider.answered;
  route.headers = provider.headers;
  route.query = provider.query;
  route.usage = provider.usage;
  return route;
}

/// The same by a shipped definition.
inline BrokerRoute shipped_route(const std::string& name, const std::string& upstream,
                                 const std::string& shown = placeholder, const std::string& key = real_key) {
  return route_by(shipped_catalog().provider(name), upstream, shown, key);
}

/// The definition of agents/providers/examples/NAME.yaml.
inline Provider example_provider(const std::string& name) {
  const auto file = std::filesystem::path(AGENTBOX_SOURCE_DIR) / "agents/providers/examples" / (name + ".yaml");
  return parse_provider(read_definition(file), file);
}

}  // namespace agentbox::test
