// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace agentbox {

/// What kind of control sequence it is: its prefix (one of `<=>?`, or none), its intermediate byte (or none) and its
/// final byte, as "m", "?h", " q", "?$p".
class CsiKind {
 public:
  constexpr CsiKind() = default;
  // Implicit, so that tables can be written in letters.
  constexpr CsiKind(std::string_view bytes) {  // NOLINT(google-explicit-constructor)
    for (const char byte : bytes) code_ = code_ << 8U | static_cast<unsigned char>(byte);
  }
  constexpr CsiKind(const char* bytes) : CsiKind(std::string_view(bytes)) {}  // NOLINT(google-explicit-constructor)
  friend constexpr bool operator==(const CsiKind&, const CsiKind&) = default;

 private:
  std::uint32_t code_ = 0;
};

/// A control sequence, taken apart.
struct Csi {
  static constexpr int no_number = -1;  ///< a parameter that is empty, or has parts (4:3)
  static constexpr int largest_number =
      65535;  ///< a terminal reads more as less, in its own way, or tries to do as it is told
  static constexpr std::size_t most_numbers = 32;

  CsiKind kind;
  std::string_view parameters;  ///< between prefix and intermediate byte
  std::array<int, most_numbers> values{};
  std::size_t count = 0;  ///< of values; at least 1
  bool has_parts = false;

  [[nodiscard]] int first() const { return values[0]; }
  [[nodiscard]] std::span<const int> numbers() const { return {values.data(), count}; }
};

/// body: what stands behind `ESC [`, the final byte included. No value for what is no control sequence, has a number
/// that is too great, or too many of them. Pure.
std::optional<Csi> read_csi(std::string_view body);

}  // namespace agentbox
