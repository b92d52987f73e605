// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agentbox {

/// Where something stands in a YAML file. Both numbers start at 1; a column counts bytes, as compilers do.
struct YamlPlace {
  std::shared_ptr<const std::string> file;
  int line = 1;
  int column = 1;

  [[nodiscard]] std::string to_string() const;  ///< "agents/x.yaml:3:7"
};

/// Error{config} "FILE:LINE:COLUMN: message".
[[nodiscard]] Error error_at(const YamlPlace& place, std::string_view message, std::string hint = {});

struct YamlEntry;
class YamlMapping;

/// One node of a parsed file, with its place. A value: it owns what is below it.
///
/// The reading functions are strict, and each throws Error{config} with the node's place. A plain word that some
/// YAML reader takes for a boolean or a number (no, 010, 1_000) is never text: the author must quote it.
class YamlNode {
 public:
  enum class Kind { null, plain, quoted, sequence, mapping };

  YamlNode(Kind kind, YamlPlace place, std::string scalar = {});
  YamlNode(const YamlNode&);
  YamlNode(YamlNode&&) noexcept;
  YamlNode& operator=(const YamlNode&);
  YamlNode& operator=(YamlNode&&) noexcept;
  ~YamlNode();

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const YamlPlace& place() const { return place_; }

  [[nodiscard]] std::string text() const;                      ///< any text, also of several lines
  [[nodiscard]] std::string line() const;                      ///< one line, not empty, at most 4096 bytes
  [[nodiscard]] bool boolean() const;                          ///< true or false, in these spellings
  [[nodiscard]] int integer(int smallest, int largest) const;  ///< decimal; a leading zero is an error

  [[nodiscard]] std::span<const YamlNode> items() const;     ///< of a list
  [[nodiscard]] std::span<const YamlEntry> entries() const;  ///< of a mapping with free keys
  /// A mapping with a fixed set of keys; others are errors, at once. The result refers to this node.
  [[nodiscard]] YamlMapping mapping(std::vector<std::string> known_keys) const&;
  YamlMapping mapping(std::vector<std::string> known_keys) const&& = delete;

  /// parse(word) for a value written as one word, such as "2G" or "live". Its Error gets this node's place.
  template <std::invocable<const std::string&> Parse>
  [[nodiscard]] auto convert(Parse parse) const {
    const std::string word = this->word();
    try {
      return parse(word);
    } catch (const Error& error) {
      throw error_at(place_, error.what(), error.hint());
    }
  }

  [[nodiscard]] Error error(std::string_view message, std::string hint = {}) const {
    return error_at(place_, message, std::move(hint));
  }

  // For the parser, which builds the tree from the leaves.
  [[nodiscard]] const std::string& scalar() const { return scalar_; }
  void append(YamlNode item);
  void append(YamlNode key, YamlNode value);

 private:
  [[nodiscard]] Error unexpected(std::string_view wanted, std::string hint = {}) const;
  [[nodiscard]] bool is_scalar() const { return kind_ == Kind::plain || kind_ == Kind::quoted; }
  /// A scalar of one line in any spelling: what looks like a number is left to the caller's own parser.
  [[nodiscard]] std::string word() const;

  Kind kind_;
  YamlPlace place_;
  std::string scalar_;
  std::vector<YamlNode> items_;
  std::vector<YamlEntry> entries_;
};

struct YamlEntry {
  YamlNode key;  ///< always a scalar
  YamlNode value;
};

/// A mapping whose keys have been checked against the known ones. Must not outlive its node.
class YamlMapping {
 public:
  YamlMapping(const YamlNode& node, std::vector<std::string> known_keys);

  /// The value, or nullptr when the key is not there. A key that is not a known one is a bug of the caller.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  [[nodiscard]] const YamlNode& required(std::string_view key) const;
  /// The one of these keys that is there; an error when none is, or two.
  [[nodiscard]] const YamlEntry& exactly_one_of(std::vector<std::string> keys) const;

 private:
  [[nodiscard]] const YamlEntry* find_entry(std::string_view key) const;

  const YamlNode* node_;
  std::vector<std::string> known_keys_;
};

}  // namespace agentbox
