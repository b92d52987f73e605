// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/units.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace agentbox {

namespace {

constexpr std::string_view size_letters = "KMGT";

/// A run of decimal digits at the front of text, taken off. No value when there is none or it does not fit.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// "K", "KiB", "g", ...: the bytes in one, or no value.
std::optional<std::uint64_t> unit_of_size(std::string_view suffix) {
  if (suffix.empty()) {
    return std::nullopt;
  }
  const auto index = size_letters.find(to_upper(suffix.front()));
  if (index == std::string_view::npos || (suffix.size() != 1 && suffix.substr(1) != "iB")) {
    return std::nullopt;
  }
  return std::uint64_t{1} << (10 * (index + 1));
}

std::optional<ByteSize> try_parse_size(std::string_view text) {
  const auto whole = take_number(text);
  if (!whole) {
    return std::nullopt;
  }
  std::uint64_t fraction = 0;
  std::uint64_t scale = 1;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const std::size_t before = text.size();
    const auto digits = take_number(text);
    const std::size_t count = before - text.size();
    if (!digits || count > 6) {  // six digits times a tebibyte still fit in 64 bits
      return std::nullopt;
    }
    fraction = *digits;
    for (std::size_t i = 0; i < count; ++i) {
      scale *= 10;
    }
  }
  const auto unit = unit_of_size(text);
  if (!unit || *whole > std::numeric_limits<std::uint64_t>::max() / *unit) {
    return std::nullopt;
  }
  return ByteSize(*whole * *unit + fraction * *unit / scale);
}

/// Each unit at most once, from large to small.
std::optional<std::chrono::seconds> try_parse_duration(std::string_view text) {
  struct Unit {
    char letter;
    std::int64_t seconds;
  };
  constexpr std::array<Unit, 4> units = {Unit{'d', 86400}, Unit{'h', 3600}, Unit{'m', 60}, Unit{'s', 1}};
  constexpr std::uint64_t largest_count = 1'000'000'000;
  std::chrono::seconds sum{0};
  const auto* next_unit = units.begin();
  if (text.empty()) {
    return std::nullopt;
  }
  while (!text.empty()) {
    const auto count = take_number(text);
    if (!count || *count > largest_count || text.empty()) {
      return std::nullopt;
    }
    const auto* unit = std::find_if(next_unit, units.end(), [&](const Unit& u) { return u.letter == text.front(); });
    if (unit == units.end()) {
      return std::nullopt;
    }
    sum += std::chrono::seconds(static_cast<std::int64_t>(*count) * unit->seconds);
    next_unit = unit + 1;
    text.remove_prefix(1);
  }
  return sum;
}

}  // namespace

ByteSize ByteSize::parse(std::string_view text) {
  if (const auto size = try_parse_size(text)) {
    return *size;
  }
  throw Error(ErrorKind::usage, fmt::format("\"{}\" is not a size", escape_untrusted(text, 64)),
              "Write a number and a unit: 512M, 2G, 2GiB, 1.5G (powers of 1024).");
}

std::string ByteSize::to_string() const {
  if (bytes_ < 1024) {
    return fmt::format("{} B", bytes_);
  }
  double amount = static_cast<double>(bytes_) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be rounded to "1024" below.
  while (amount >= 1023.95 && unit + 1 < size_letters.size()) {
    amount /= 1024;
    ++unit;
  }
  const double tenths = std::round(amount * 10);
  const int digits = std::fmod(tenths, 10) == 0 ? 0 : 1;
  return fmt::format("{:.{}f} {}iB", tenths / 10, digits, size_letters[unit]);
}

Port::Port(std::uint16_t number) : number_(number) {
  if (number == 0) {
    throw Error(ErrorKind::internal, "0 is no TCP port to connect to");
  }
}

Port Port::parse(std::string_view text) {
  std::string_view rest = text;
  const bool plain = !text.empty() && text.size() <= 5 && text.front() != '0';
  const auto number = plain ? take_number(rest) : std::nullopt;
  if (!number || !rest.empty() || *number > std::numeric_limits<std::uint16_t>::max()) {
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is not a port", escape_untrusted(text, 64)),
                "A port is a number from 1 to 65535.");
  }
  return Port(static_cast<std::uint16_t>(*number));
}

std::chrono::seconds parse_duration(std::string_view text) {
  if (const auto duration = try_parse_duration(text)) {
    return *duration;
  }
  throw Error(ErrorKind::usage, fmt::format("\"{}\" is not a duration", escape_untrusted(text, 64)),
              "Write numbers with units: 90s, 30m, 2h, 1h30m, 3d.");
}

std::string format_duration(std::chrono::milliseconds duration) {
  const std::int64_t milliseconds = std::max<std::int64_t>(0, duration.count());
  if (milliseconds < 9995) {  // from here on two decimals would be rounded to "10.00"
    return fmt::format("{:.2f} s", static_cast<double>(milliseconds) / 1000);
  }
  const std::int64_t seconds = milliseconds / 1000 + (milliseconds % 1000 >= 500 ? 1 : 0);
  if (seconds < 60) {
    return fmt::format("{} s", seconds);
  }
  if (seconds < 3600) {
    return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  }
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

}  // namespace agentbox
