// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sys/unique_fd.hpp"

namespace agentbox {

/// Many small contents in one file, by their SHA-256. To make and to remove a file for each of thousands takes a file system seconds,
/// which somebody who waits for a VM has to wait for. One process at a time. Nothing is fsynced.
class BlobPack {
 public:
  /// Made when it is not there. What was cut off in the middle of being written does not count.
  explicit BlobPack(const std::filesystem::path& file);

  [[nodiscard]] bool has(const std::string& digest) const { return places_.contains(digest); }
  void add(const std::string& digest, std::string_view content);
  /// For reading, from the start; it is no file of any directory. Throws Error{environment} when it is not there or cannot be read.
  [[nodiscard]] UniqueFd open(const std::string& digest) const;

 private:
  struct Place {
    std::uint64_t at = 0;
    std::uint64_t size = 0;
  };

  void find_places();

  std::filesystem::path name_;
  UniqueFd file_;
  std::uint64_t end_ = 0;
  std::unordered_map<std::string, Place> places_;
};

}  // namespace agentbox
