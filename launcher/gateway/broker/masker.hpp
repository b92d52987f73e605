// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/secret_text.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox::broker {

/// Replaces a secret in a stream by asterisks of the same length, also where it is cut into pieces. Everything else
/// passes at once: only bytes that may be the beginning of the secret wait for the next piece. Pure.
///
/// A secret of fewer than shortest bytes is left alone: "x" as a dummy key of a local server is no secret, and masking
/// it would spoil every answer.
class Masker {
 public:
  static constexpr std::size_t shortest = 8;

  explicit Masker(std::string_view secret);

  /// The next bytes of the stream, as far as they can be told. Appends to out.
  void feed(std::string_view input, std::string& out);
  /// The stream is over: what was waiting was no secret.
  void finish(std::string& out);
  /// There is nothing to look for: all passes.
  [[nodiscard]] bool idle() const { return secret_.view().empty(); }

 private:
  void feed_byte(char c, std::string& out);

  SecretText secret_;
  std::vector<std::size_t> fallback_;  ///< Knuth-Morris-Pratt: where to go on after a mismatch
  std::size_t matched_ = 0;            ///< how much of the secret the last bytes are
};

/// The same for a key in both of its forms: as it is sent, and what that is an encoding of.
class KeyMasker {
 public:
  KeyMasker(std::string_view key, std::string_view bare_key) : sent_(key), bare_(bare_key) {}
  void feed(std::string_view input, std::string& out);
  void finish(std::string& out);

 private:
  Masker sent_;
  Masker bare_;
};

/// A whole text at once, say a header's value.
std::string masked(std::string_view text, std::string_view secret);

}  // namespace agentbox::broker
