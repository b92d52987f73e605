// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sys/unique_fd.hpp"
#include "workspace/changes/blob_pack.hpp"

namespace agentbox {

/// Contents of files in a directory, each named by its SHA-256. Nothing is fsynced here.
class BlobStore {
 public:
  explicit BlobStore(std::filesystem::path directory) : directory_(std::move(directory)) {}
  /// Small ones go into one file of the directory (BlobPack). For what is made and removed while somebody waits.
  static BlobStore packed(const std::filesystem::path& directory);

  struct Blob {
    std::string digest;
    std::uint64_t size = 0;
  };
  /// Fills buffer, returns how much; 0 at the end.
  using Source = std::function<std::size_t(char* buffer, std::size_t size)>;
  /// What source yields, but no more than size bytes of it.
  [[nodiscard]] static Source first_of(Source source, std::uint64_t size);
  using Buffer = std::array<char, std::size_t{64} * 1024 + 1>;  ///< a file of 64 KiB does not fill it
  /// Stores what source yields, unless it is there. The directory is made.
  [[nodiscard]] Blob put(const Source& source) const;
  [[nodiscard]] Blob put_file(int fd, const std::string& name) const;

  /// Its digest.
  [[nodiscard]] std::string put_text(std::string_view text) const;

  /// Not of one that is packed.
  [[nodiscard]] std::filesystem::path path_of(const std::string& digest) const { return directory_ / digest; }
  [[nodiscard]] bool has(const std::string& digest) const;
  [[nodiscard]] UniqueFd open(const std::string& digest) const;
  /// Copies a blob to a descriptor; throws Error{environment} when its content is not what its name says.
  void copy_to(const std::string& digest, int fd) const;

 private:
  [[nodiscard]] Blob store(Buffer& buffer, std::size_t first, const Source& rest) const;

  std::filesystem::path directory_;
  std::shared_ptr<BlobPack> pack_ = {};
};

/// SHA-256 of the rest of an open file, lower-case hexadecimal.
std::string sha256_hex_of_fd(int fd, const std::string& name);

}  // namespace agentbox
