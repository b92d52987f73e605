// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace agentbox {

/// A fresh directory (mode 0700) below parent, removed with everything in it at the end of the object's life,
/// unless keep() or a rename took it away.
class TempDir {
 public:
  explicit TempDir(const std::filesystem::path& parent, std::string_view prefix = "tmp");
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&&) = delete;
  TempDir(const TempDir&) = delete;
  ~TempDir();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Leaves the directory in place for good.
  void keep() noexcept { path_.clear(); }

 private:
  std::filesystem::path path_;
};

}  // namespace agentbox
