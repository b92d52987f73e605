// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/log/log_source.hpp"

#include "core/text.hpp"
#include "relay/record/cast_reader.hpp"
#include "session/log/reached_line.hpp"

#include <utility>

namespace agentbox {

std::optional<std::string> LogSource::read() {
  const std::string bytes = file_.read();
  return bytes.empty() ? std::nullopt : std::optional(text_of(bytes));
}

std::string LogSource::finish() {
  std::string text = begun_.empty() ? "" : text_of_line(std::exchange(begun_, {}));
  if (form_ == Form::terminal || form_ == Form::cast) {
    text += shown_.end();
  }
  return text;
}

std::string LogSource::text_of(std::string_view bytes) {
  if (form_ == Form::terminal) {
    return shown_.lines(bytes);
  }
  std::string text;
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    begun_ += bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (end != std::string_view::npos || begun_.size() >= CastReader::longest_line) {
      text += text_of_line(std::exchange(begun_, {}));
    }
  }
  return text;
}

std::string LogSource::text_of_line(const std::string& line) {
  if (form_ == Form::cast) {
    const auto event = parse_cast_line(line);
    return event && event->output ? shown_.lines(*event->output) : "";
  }
  if (form_ == Form::egress) {
    const auto reached = parse_reached_line(line);
    return reached ? join(words_of(*reached), "  ") + "\n" : "";
  }
  return line + "\n";
}

}  // namespace agentbox
