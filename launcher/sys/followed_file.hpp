// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"
#include "sys/unique_fd.hpp"

#include <filesystem>
#include <string>

namespace agentbox {

/// What is added to a file that somebody else writes to, as tail -F has it: the file may come later, it is read on when
/// it is renamed or removed, and then what stands in its place is read from its beginning. As with read_regular_file(),
/// nothing but a regular file is read.
class FollowedFile {
 public:
  /// newest: of what it holds at first, no more than this is read, from the beginning of a line.
  FollowedFile(std::filesystem::path path, ByteSize newest) : path_(std::move(path)), newest_(newest) {}

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The next piece; empty when there is nothing more now. Never blocks. Throws Error{environment} when it is no
  /// regular file.
  std::string read();

 private:
  void open();
  [[nodiscard]] bool stands_there() const;
  std::string read_piece();

  std::filesystem::path path_;
  ByteSize newest_;
  UniqueFd fd_;
  bool opened_ = false;     ///< one was opened before
  bool amid_line_ = false;  ///< what comes up to the next end of a line is the rest of one that is not read
};

}  // namespace agentbox
