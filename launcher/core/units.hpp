// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace agentbox {

/// An amount of memory or disk in bytes. Written by people as "512M", "2G", "2GiB", "1.5G" (powers of 1024).
class ByteSize {
 public:
  constexpr ByteSize() = default;
  constexpr explicit ByteSize(std::uint64_t bytes) : bytes_(bytes) {}
  static constexpr ByteSize mebibytes(std::uint64_t n) { return ByteSize(n << 20U); }
  static constexpr ByteSize gibibytes(std::uint64_t n) { return ByteSize(n << 30U); }

  /// Throws Error{usage} that names the text and the accepted forms. A bare number is refused: it has no unit.
  static ByteSize parse(std::string_view text);

  [[nodiscard]] constexpr std::uint64_t bytes() const { return bytes_; }
  /// "2 GiB", "512 MiB", "1.4 GiB": for people.
  [[nodiscard]] std::string to_string() const;
  friend constexpr auto operator<=>(ByteSize, ByteSize) = default;

 private:
  std::uint64_t bytes_ = 0;
};

/// A TCP port, 1 to 65535.
class Port {
 public:
  /// Throws Error{usage} when out of range or not a plain decimal number.
  static Port parse(std::string_view text);
  explicit Port(std::uint16_t number);
  [[nodiscard]] std::uint16_t number() const { return number_; }
  friend auto operator<=>(Port, Port) = default;

 private:
  std::uint16_t number_;
};

/// "90s", "30m", "2h", "1h30m", "3d"; throws Error{usage}. A bare number is refused: it has no unit.
std::chrono::seconds parse_duration(std::string_view text);

/// "0.84 s", "12 s", "3 min 20 s": for people.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace agentbox
