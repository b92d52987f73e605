// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/listing.hpp"

#include "cli/output.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>

namespace agentbox {

// In ASCII: JSON itself lets C1 controls and marks that reorder a line through to a terminal.
std::string format_json(const nlohmann::ordered_json& value) {
  return value.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string format_listing(const Listing& listing, Format format) {
  if (format == Format::json) {
    return format_json(listing.json);
  }
  if (listing.rows.empty()) {
    return {};
  }
  if (format == Format::names) {
    std::string names;
    for (const auto& row : listing.rows) {
      names += escape_untrusted(row.front()) + "\n";
    }
    return names;
  }
  std::vector<std::vector<std::string>> rows = {listing.heading};
  for (const auto& row : listing.rows) {
    auto& shown = rows.emplace_back();
    for (const auto& cell : row) {
      shown.push_back(escape_untrusted(cell, 400));
    }
  }
  return text_table(rows);
}

std::string format_fields(const Fields& fields) {
  std::size_t width = 0;
  for (const auto& [name, value] : fields) {
    width = std::max(width, name.size());
  }
  std::string text;
  for (const auto& [name, value] : fields) {
    if (trim(value).empty()) {
      continue;
    }
    std::string begin = name + std::string(width - name.size() + 2, ' ');
    for (const auto& line : split(trim(value), '\n')) {
      text += begin + escape_untrusted(line) + "\n";
      begin.assign(width + 2, ' ');
    }
  }
  return text;
}

std::string format_age(const std::string& timestamp, std::chrono::system_clock::time_point now) {
  std::tm time{};
  const char* end = ::strptime(timestamp.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
  if (end == nullptr || *end != '\0') {
    return "?";
  }
  return format_age(std::chrono::system_clock::from_time_t(::timegm(&time)), now);
}

std::string format_age(std::chrono::system_clock::time_point then, std::chrono::system_clock::time_point now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now - then).count();
  if (seconds < 0) {
    return "?";
  }
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (seconds < minute) return std::to_string(seconds) + " s";
  if (seconds < hour) return std::to_string(seconds / minute) + " min";
  if (seconds < 2 * day) return std::to_string(seconds / hour) + " h";
  return std::to_string(seconds / day) + " d";
}

std::string abbreviate_home(const std::string& path) {
  const char* home = std::getenv("HOME");
  const std::string_view directory = home == nullptr ? "" : home;
  if (directory.size() > 1 && path.starts_with(directory) &&
      (path.size() == directory.size() || path[directory.size()] == '/')) {
    return "~" + path.substr(directory.size());
  }
  return path;
}

std::filesystem::path named_project(const std::optional<std::string>& directory) {
  std::error_code gone;  // as its name was, then
  const std::filesystem::path named = directory.value_or(".");
  const std::filesystem::path path = std::filesystem::weakly_canonical(named, gone);
  return gone ? std::filesystem::absolute(named).lexically_normal() : path;
}

}  // namespace agentbox
