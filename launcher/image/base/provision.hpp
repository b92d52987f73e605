// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
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
void provision(BuildMachine& vm, const LayerPlan& plan, const HostNetworkSettings& host, const ImageContext& context);

}  // namespace agentbox
