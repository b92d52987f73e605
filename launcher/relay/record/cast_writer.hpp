// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/filter/output_filter.hpp"
#include "relay/record/text_masker.hpp"
#include "sys/terminal.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

struct CastSettings {
  std::filesystem::path file;
  std::string title;                 ///< the session
  std::vector<std::string> secrets;  ///< to be masked wherever they appear
  std::size_t most_bytes = std::size_t{64} << 20U;
};

/// Records a session as an asciinema v2 cast while it runs: a line of JSON for each piece of output, written at once,
/// so that what a crash leaves is readable but for a last line that may be cut. Holds what was shown, without what asks
/// the terminal or changes its keyboard, and with secrets masked. Stops for good at its bound, or when the file cannot
/// be written; the session goes on.
class CastWriter {
 public:
  /// Makes the file, 0600, with its first line. Throws Error{usage} for one that exists, Error{environment} when it
  /// cannot be made.
  CastWriter(const CastSettings& settings, TerminalSize size);
  ~CastWriter() { finish(); }
  CastWriter(const CastWriter&) = delete;
  CastWriter& operator=(const CastWriter&) = delete;

  /// lines: the output of a command without a terminal, whose lines end in a mere line feed.
  enum class Form { terminal, lines };
  void output(std::string_view text, Form form);
  void resize(TerminalSize size);
  /// Writes what was waiting. Safe to repeat.
  void finish() noexcept;

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  /// Why it holds less than all; empty: it does not.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void write_event(std::string_view kind, std::string_view text);
  void write_line(const std::string& line);

  std::filesystem::path file_;
  UniqueFd fd_;
  OutputFilter filter_;
  TextMasker masker_;
  Clock::time_point began_;
  std::size_t room_;
  std::string problem_;
  bool after_return_ = false;  ///< the last byte was '\r'
};

}  // namespace agentbox
