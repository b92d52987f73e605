// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/url_path.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <string>

namespace agentbox {

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

bool is_unambiguous_path(std::string_view target) {
  const std::string_view path = path_of(target);
  if (!path.starts_with('/') || path.find("//") != std::string_view::npos) {
    return false;
  }
  // Any escape may hide a dot, a slash or another escape; the few honest ones are not worth telling apart.
  const auto plain = [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("\\;#%").find(c) == std::string_view::npos;
  };
  const auto segments = split(path, '/');
  return std::all_of(path.begin(), path.end(), plain) &&
         std::none_of(segments.begin(), segments.end(),
                      [](const std::string& segment) { return segment == "." || segment == ".."; });
}

}  // namespace agentbox
