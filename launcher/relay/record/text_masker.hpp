// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// Replaces secrets in a stream of text by asterisks of the same length, also where it is cut into pieces: those that
/// it was told of, and what looks like a key of a well-known service (sk-..., ghp_..., AKIA...), whose first characters
/// stay. Only what may be the beginning of one waits for the next piece. A program that draws a secret bit by bit, with
/// the cursor moved in between, is not understood. Pure.
class TextMasker {
 public:
  static constexpr std::size_t shortest = 8;  ///< what is shorter than that is no secret
  static constexpr std::size_t longest_waiting = 4096;

  explicit TextMasker(std::vector<std::string> secrets);

  /// The next bytes, as far as they can be told.
  std::string mask(std::string_view text);
  /// What was waiting; the text is over.
  std::string finish();

 private:
  std::string masked(std::string text) const;
  [[nodiscard]] std::size_t length_to_keep(std::string_view text) const;

  std::vector<std::string> secrets_;
  std::string waiting_;
};

}  // namespace agentbox
