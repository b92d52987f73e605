// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/egress_group.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// The URLs that each package manager is configured to load from on this host; nothing for one that is not configured.
using PackageUrls = std::map<PackageSource, std::vector<std::string>>;

/// What the configuration is read from; made up in tests.
struct HostSettings {
  std::filesystem::path home;
  std::filesystem::path etc = "/etc";
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::optional<std::string> debian_mirror = {};  ///< of the user's config.yaml, instead of apt's own sources
};

/// Reads .npmrc, pip.conf, cargo's config.toml, go's env and apt's sources, and the variables that overrule them. Files
/// that are missing, too long or unreadable count as empty: a group that allows less is the safe side. Nothing is run.
PackageUrls read_package_urls(const HostSettings& settings);

// The pure parts: URLs in the order of the text, duplicates left out.
std::vector<std::string> urls_in_npmrc(std::string_view text);     ///< registry=, @scope:registry=
std::vector<std::string> urls_in_pip_conf(std::string_view text);  ///< index-url, extra-index-url (also several lines)
std::vector<std::string> urls_in_cargo_config(std::string_view text);  ///< registry = "", index = ""
std::vector<std::string> urls_in_apt_sources(std::string_view text);   ///< one-line and deb822 form
std::vector<std::string> urls_in_goproxy(std::string_view text);       ///< GOPROXY's value: separated by "," or "|"

}  // namespace agentbox
