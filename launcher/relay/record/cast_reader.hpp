// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/terminal.hpp"

#include <chrono>
#include <istream>
#include <optional>
#include <string>

namespace agentbox {

struct CastEvent {
  std::chrono::duration<double> at;
  std::string output;
};

/// A line of an asciinema v2 cast that is not its first. No value: it is no event.
struct CastLine {
  double at = 0;                      ///< seconds since the beginning; whatever number stood there
  std::optional<std::string> output;  ///< none: another kind of event
};
std::optional<CastLine> parse_cast_line(const std::string& line);

/// Reads an asciinema v2 cast, which may be anybody's: bounded in each line, lenient in what it does not know (other
/// kinds of events are passed over; a last line that was cut ends it).
class CastReader {
 public:
  static constexpr std::size_t longest_line = std::size_t{4} << 20U;

  /// The stream must outlive this. Throws Error{usage} when it does not begin as a cast does.
  explicit CastReader(std::istream& stream);
  [[nodiscard]] TerminalSize size() const { return size_; }
  /// The next output; no value at the end.
  std::optional<CastEvent> next();

 private:
  bool read_line(std::string& line);

  std::istream& stream_;
  TerminalSize size_{};
  double last_ = 0;
};

}  // namespace agentbox
