// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// A line of an egress log: what a session reached or was refused. What is in it was chosen by a guest: escape it
/// before it is printed.
struct ReachedLine {
  std::string time;  ///< "2026-10-31T07:05:09.123Z"
  std::string verdict;
  std::uint64_t times = 1;
  std::string what;  ///< "tls", "dns", ...
  std::string host;  ///< a name, or else an address
  std::uint64_t port = 0;
  std::uint64_t up = 0;  ///< bytes
  std::uint64_t down = 0;
  std::string rule;
};

/// No value when it is not one.
std::optional<ReachedLine> parse_reached_line(const std::string& line);

/// For people: time, verdict, to what, how much, by which rule.
std::vector<std::string> words_of(const ReachedLine& line);

}  // namespace agentbox
