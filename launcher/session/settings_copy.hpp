// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/agent_profile.hpp"
#include "core/units.hpp"
#include "session/settings_place.hpp"
#include "sys/beneath.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// Of everything that is copied together.
struct SettingsLimits {
  std::size_t entries = 4000;  ///< files and directories
  std::size_t depth = 12;
  ByteSize file = ByteSize::mebibytes(4);
  ByteSize all = ByteSize::mebibytes(32);
};

/// A copy of the user's own settings for a guest to read. No link is followed, not even one within the home: a skill
/// from elsewhere may hold one that leads to a key. Left out are links, special files, what is hidden from sessions by
/// its name (guard/rules.hpp), files that hold something of the shape of a token (core/secret_shape.hpp), what is too
/// big or cannot be read, repositories' own directories, and dependencies (node_modules and its like).
class SettingsCopy {
 public:
  explicit SettingsCopy(SettingsLimits limits = {}) : limits_(limits) {}

  /// target: is made; its parent is there. Throws Error{environment} for what the system refuses.
  void copy(const SettingsPlace& place, StatePath::Kind kind, const std::filesystem::path& target);

  /// "PATH (REASON)", for people, escaped.
  [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  struct From {
    Beneath top;
    std::string prefix;
  };
  void copy_directory(const From& from, const std::string& path, const std::filesystem::path& target, std::size_t depth);
  void copy_file(const From& from, const std::string& path, const std::filesystem::path& target);
  void leave_out(const From& from, const std::string& path, const std::string& reason);

  SettingsLimits limits_;
  std::size_t entries_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::string> left_out_;
};

}  // namespace agentbox
