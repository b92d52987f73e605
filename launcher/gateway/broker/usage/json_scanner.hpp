// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox::broker {

/// Finds single values in JSON that arrives in pieces, without keeping it: a response may be huge, the usage in it is
/// not. Calls on_value with the path of keys ("response.usage.input_tokens") and the value's text for every number and
/// string that is short enough and not too deep. Lists add nothing to a path. Memory is bounded by depth * key length.
///
/// It checks no more than it needs to: broken JSON gives wrong or no values, never a crash and never unbounded memory.
/// A second value after the first one (lines of JSON) is read like the first. Pure.
class JsonScanner {
 public:
  static constexpr std::size_t most_depth = 8;       ///< of named objects that paths are kept for
  static constexpr std::size_t longest_key = 64;     ///< a longer key is a key that nobody asked for
  static constexpr std::size_t longest_value = 160;  ///< likewise

  using OnValue = std::function<void(std::string_view path, std::string_view value)>;
  explicit JsonScanner(OnValue on_value);

  void feed(std::string_view input);
  /// The end of the input: a number at the very end is complete now.
  void finish();
  /// Forgets where it stands, for input that begins anew: what was broken before does no harm to what follows.
  void reset();

 private:
  enum class State { between, text, escape, unicode, word };
  void between(char c);
  std::size_t text(std::string_view input);
  void end_text();
  void end_word();
  void report();
  void open(char c);
  void close();

  struct Level {
    char kind = '{';
    std::size_t path_size = 0;  ///< of path_ before this level's current key
  };

  OnValue on_value_;
  State state_ = State::between;
  std::vector<Level> levels_;  ///< at most most_levels
  std::size_t too_deep_ = 0;   ///< levels below those that are kept
  std::string path_;
  std::string token_;  ///< of a text or word, up to the longest of interest
  bool token_too_long_ = false;
  bool expects_key_ = false;
  unsigned unicode_left_ = 0;
};

}  // namespace agentbox::broker
