// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/side_service.hpp"
#include "relay/terminal_modes.hpp"
#include "sys/unique_fd.hpp"

#include <cstdint>
#include <filesystem>

namespace agentbox {

/// The files of a session's directory with what its command has shown while nobody looked; the older part comes before the other.
inline constexpr const char* held_output_name = "output.log";
inline constexpr const char* older_held_output_name = "output.old.log";

/// What a held command shows, as the process that holds its session sees it: the modes in which it has put its terminal, for terminals
/// that join it later, and, when nobody of the user's looks, what it says, in a file.
class HeldOutput : public OutputListener {
 public:
  void on_output(std::string_view shown) override;
  /// From here on into a file in this directory; at most a mebibyte there and another in the older part, the newest.
  void keep_in(const std::filesystem::path& directory);

  [[nodiscard]] const TerminalModes& modes() const { return modes_; }
  /// For a command that others have seen before us: TerminalModes::repeat_sequence() of theirs.
  void take_over(std::string_view modes) { modes_.feed(modes); }

 private:
  TerminalModes modes_;
  std::filesystem::path log_;
  UniqueFd file_;
  std::uint64_t written_ = 0;
};

}  // namespace agentbox
