// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/options/invocation.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// What a listing command found, in a form for each Format.
struct Listing {
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> rows;  ///< the first cell is the name; cells need not be escaped
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
};

/// A table under its heading (nothing when there are no rows), the names, or JSON.
std::string format_listing(const Listing& listing, Format format);

/// Pairs for a "show" command: names in one column, values in the other. Values may hold several lines;
/// a field without a value is left out.
using Fields = std::vector<std::pair<std::string, std::string>>;
std::string format_fields(const Fields& fields);

/// Indented JSON and a line end. Bytes that are not UTF-8 become U+FFFD.
std::string format_json(const nlohmann::ordered_json& value);

/// How long ago an RFC 3339 time was: "12 s", "5 min", "3 h", "9 d"; "?" for what is no such time or in the future.
std::string format_age(const std::string& timestamp, std::chrono::system_clock::time_point now);

std::string format_age(std::chrono::system_clock::time_point then, std::chrono::system_clock::time_point now);

/// "~/src/x" for what is below the home directory.
std::string abbreviate_home(const std::string& path);

/// The project that a command is about: a directory as it was named, or the current one. It may be gone.
std::filesystem::path named_project(const std::optional<std::string>& directory);

}  // namespace agentbox
