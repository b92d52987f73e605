// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace agentbox {

/// A JSON object of our own making, read back with mistrust: each key must be there, of the right type and in range,
/// and no other key may be. Everything that is wrong throws Error{environment} naming the file and the key.
class StrictJson {
 public:
  /// From a regular file of at most 1 MiB; no link is followed.
  static StrictJson load(const std::filesystem::path& path);

  /// For a key that need not be there.
  [[nodiscard]] bool has(const std::string& key) const { return object_.contains(key); }
  [[nodiscard]] std::string text(const std::string& key);
  [[nodiscard]] std::vector<std::string> texts(const std::string& key);
  /// A whole number from least to most, both included.
  [[nodiscard]] std::int64_t integer(const std::string& key, std::int64_t least, std::int64_t most);
  [[nodiscard]] StrictJson object(const std::string& key);
  /// Call last: refuses keys that nobody asked for.
  void finish() const;

  /// For what only the caller can judge: "FILE: KEY WHAT".
  [[noreturn]] void refuse(const std::string& key, const std::string& what) const;

 private:
  StrictJson(std::string where, nlohmann::json object);
  const nlohmann::json& at(const std::string& key);
  std::string where_;
  nlohmann::json object_;
  std::set<std::string> asked_;
};

/// The text to write. Bytes that are not UTF-8 (a file name may hold any) become U+FFFD, which no path then matches:
/// better than a record that cannot be written.
std::string to_json_text(const nlohmann::json& value);

/// Now, as RFC 3339 in UTC: "2026-03-01T12:00:00Z".
std::string utc_timestamp();

}  // namespace agentbox
