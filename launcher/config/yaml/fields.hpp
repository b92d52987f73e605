// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/yaml/node.hpp"
#include "core/units.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

// Field types that several definitions share. Each function reads one node and throws Error{config} with its place.

/// Each item read by read_item(node); none may come twice.
template <std::invocable<const YamlNode&> Read>
std::vector<std::string> read_list(const YamlNode& node, Read read_item);
/// A list of lines; repetitions are allowed (an argument vector, shell steps).
std::vector<std::string> read_arguments(const YamlNode& node);

std::string read_line(const YamlNode& node);
/// A name by is_plain_name().
std::string read_plain_name(const YamlNode& node);
/// [A-Z_][A-Z0-9_]*, and none of those that change which programs run or where a session's own parts are found:
/// PATH, HOME, LD_*, SSH_*, ... A definition may come from anybody; it must not turn `ls` into something else.
std::string read_environment_name(const YamlNode& node);
/// Below the guest user's home: relative, without empty, "." and ".." components.
std::string read_home_path(const YamlNode& node);
/// The same for a path that is a part of the node.
void check_home_path(const YamlNode& node, const std::string& path);
/// In the guest: absolute, not "/" itself, without empty, "." and ".." components.
std::string read_guest_path(const YamlNode& node);
/// The name of a Debian package (Debian policy 5.6.1).
std::string read_package_name(const YamlNode& node);
/// A URL of printable ASCII with one of these schemes and, but for file, a host; without user and password.
std::string read_url(const YamlNode& node, std::vector<std::string> schemes);
/// 128 hexadecimal digits, returned in lower case.
std::string read_sha512(const YamlNode& node);
/// Whole mebibytes between two bounds.
ByteSize read_size(const YamlNode& node, ByteSize smallest, ByteSize largest);
std::chrono::seconds read_duration(const YamlNode& node, std::chrono::seconds smallest, std::chrono::seconds largest);

/// Throws when text is among earlier; else appends it. For values that must be unique in a file.
void add_unique(std::vector<std::string>& earlier, std::string text, const YamlNode& node);

template <std::invocable<const YamlNode&> Read>
std::vector<std::string> read_list(const YamlNode& node, Read read_item) {
  std::vector<std::string> result;
  for (const YamlNode& item : node.items()) add_unique(result, read_item(item), item);
  return result;
}

}  // namespace agentbox
