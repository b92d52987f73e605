// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/record/shown_text.hpp"
#include "sys/followed_file.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace agentbox {

/// One file of a session's log that is followed, and how its bytes become lines of text.
class LogSource {
 public:
  enum class Form {
    lines,     ///< as they are
    terminal,  ///< what was written to a terminal
    cast,      ///< the same, recorded
    egress     ///< a JSON object each, put into words
  };
  LogSource(std::string title, FollowedFile file, Form form)
      : title_(std::move(title)), file_(std::move(file)), form_(form) {}

  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }
  /// The complete lines among the next bytes; no value when there is nothing more now.
  std::optional<std::string> read();
  /// A last line that has no end.
  std::string finish();

 private:
  std::string text_of(std::string_view bytes);
  std::string text_of_line(const std::string& line);

  std::string title_;
  FollowedFile file_;
  Form form_;
  std::string begun_;  ///< a line
  ShownText shown_;
};

}  // namespace agentbox
