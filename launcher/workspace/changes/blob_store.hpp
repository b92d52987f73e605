// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "sys/unique_fd.hpp"

namespace agentbox {

/// Contents of files in a directory, each named by its SHA-256. Nothing is fsynced here.
class BlobStore {
 public:
  explicit BlobStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  struct Blob {
    std::string digest;
    std::uint64_t size = 0;
  };
  /// Fills buffer, returns how much; 0 at the end.
  using Source = std::function<std::size_t(char* buffer, std::size_t size)>;
  /// Stores what source yields. The directory is made.
  [[nodiscard]] Blob put(const Source& source) const;
  [[nodiscard]] Blob put_file(int fd, const std::string& name) const;

  /// Its digest.
  [[nodiscard]] std::string put_text(std::string_view text) const;

  [[nodiscard]] std::filesystem::path path_of(const std::string& digest) const { return directory_ / digest; }
  [[nodiscard]] bool has(const std::string& digest) const;
  [[nodiscard]] UniqueFd open(const std::string& digest) const;
  /// Copies a blob to a descriptor; throws Error{environment} when its content is not what its name says.
  void copy_to(const std::string& digest, int fd) const;

 private:
  std::filesystem::path directory_;
};

/// SHA-256 of the rest of an open file, lower-case hexadecimal.
std::string sha256_hex_of_fd(int fd, const std::string& name);

}  // namespace agentbox
