// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "image/base/build_machine.hpp"
#include "image/base/layer_plan.hpp"

namespace agentbox {

/// What the host's network asks of programs that use it: a CA bundle where TLS is re-signed, proxies, registry mirrors.
struct HostNetworkSettings {
  std::optional<std::string> ca_bundle;       ///< PEM text
  std::filesystem::path ca_bundle_path;       ///< where it came from
  std::vector<std::pair<std::string, std::string>> environment;  ///< http_proxy, npm_config_registry, ...
  std::vector<Port> loopback_ports;           ///< of proxies and mirrors on the host's own loopback
};

/// Reads the environment (SSL_CERT_FILE, *_proxy, npm_config_registry, PIP_INDEX_URL) and the distribution's bundle.
HostNetworkSettings read_host_network_settings(ImageContext::HostCa host_ca);

/// Runs a layer's packages, files, agents and steps in a booted VM. Third-party installers run here and nowhere else.
/// Returns the versions of the agents, where they tell them (find_version()).
std::map<std::string, std::string> provision(BuildMachine& vm, const LayerPlan& plan, const HostNetworkSettings& host, const ImageContext& context);

/// "0.171.0" of "codex-cli 0.171.0": the first word that begins with a digit and has a dot, in the last line that has one (warnings
/// stand before it); or nothing. Pure; text is a guest's.
std::string find_version(std::string_view text);

}  // namespace agentbox
