// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/filter/csi.hpp"

#include <algorithm>
#include <string>

namespace agentbox {
namespace {

/// no_number: empty. No value: it is none, or too great.
std::optional<int> read_number(std::string_view digits) {
  constexpr std::size_t most_digits = 5;
  if (digits.empty()) return Csi::no_number;
  if (digits.size() > most_digits) return std::nullopt;
  int value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  return value <= Csi::largest_number ? std::optional(value) : std::nullopt;
}

/// Takes what stands before the next separator off the text; the separator goes, too. last: there was none.
std::string_view take_part(std::string_view& text, char separator, bool& last) {
  const std::size_t end = text.find(separator);
  last = end == std::string_view::npos;
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(last ? text.size() : end + 1);
  return part;
}

/// "38:2::1:2:3": each part a number, or empty.
bool are_parts(std::string_view parameter) {
  for (bool last = false; !last;) {
    if (!read_number(take_part(parameter, ':', last))) return false;
  }
  return true;
}

bool read_numbers(std::string_view parameters, Csi& csi) {
  for (bool last = false; !last;) {
    const std::string_view one = take_part(parameters, ';', last);
    std::optional<int> number = Csi::no_number;
    if (one.find(':') == std::string_view::npos) {
      number = read_number(one);
    } else {
      csi.has_parts = true;
      number = are_parts(one) ? number : std::nullopt;
    }
    if (!number || csi.count == Csi::most_numbers) return false;
    csi.values[csi.count++] = *number;
  }
  return true;
}

}  // namespace

std::optional<Csi> read_csi(std::string_view body) {
  const std::size_t begin = !body.empty() && body.front() >= '<' && body.front() <= '?' ? 1 : 0;
  const std::size_t end = std::min(body.find_first_not_of("0123456789:;", begin), body.size());
  const std::string_view rest = body.substr(end);
  const auto is_intermediate = [](char byte) { return byte >= ' ' && byte <= '/'; };
  const auto is_final = [](char byte) { return byte >= '@' && byte <= '~'; };
  const bool whole =
      (rest.size() == 1 && is_final(rest[0])) || (rest.size() == 2 && is_intermediate(rest[0]) && is_final(rest[1]));
  if (!whole) return std::nullopt;
  std::array<char, 3> kind{};
  const std::size_t length = body.copy(kind.data(), begin) + rest.copy(kind.data() + begin, rest.size());
  Csi csi{.kind = std::string_view(kind.data(), length), .parameters = body.substr(begin, end - begin)};
  return read_numbers(csi.parameters, csi) ? std::optional(csi) : std::nullopt;
}

}  // namespace agentbox
