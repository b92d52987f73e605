// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/egress_group.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace agentbox {
namespace {

constexpr std::array<std::pair<std::string_view, PackageSource>, 5> source_words{{{"npm", PackageSource::npm},
                                                                           {"pypi", PackageSource::pypi},
                                                                           {"debian", PackageSource::debian},
                                                                           {"crates", PackageSource::crates},
                                                                           {"go", PackageSource::go}}};

}  // namespace

std::string to_string(PackageSource source) {
  for (const auto& [word, value] : source_words) {
    if (value == source) return std::string(word);
  }
  throw Error(ErrorKind::internal, "a package source without a word");
}

PackageSource parse_package_source(const std::string& text) {
  for (const auto& [word, value] : source_words) {
    if (word == text) return value;
  }
  throw Error(ErrorKind::usage, fmt::format("unknown source of packages \"{}\"", escape_untrusted(text, 80)),
              "it is one of: npm, pypi, debian, crates, go");
}

}  // namespace agentbox
