// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/price_table.hpp"
#include "config/provider.hpp"
#include "gateway/broker/usage/json_scanner.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox::broker {

/// Reads what a call has used from its response while it passes by: from JSON, or from server-sent events whose data is
/// JSON. Never holds the response up, never fails: what it cannot read it does not count. Pure.
class UsageReader {
 public:
  enum class Format { json, events };
  /// paths must outlive the reader.
  UsageReader(const UsagePaths& paths, Format format);

  /// The next bytes of the response's body.
  void feed(std::string_view input);
  /// The body is over, complete or not.
  void finish();

  [[nodiscard]] const std::string& model() const { return model_; }  ///< empty: not told
  /// No value when the response has not told its output: a stream tells it at its end, so that of a stream that was cut
  /// off is not known, although its beginning may have named a number.
  [[nodiscard]] std::optional<TokenUsage> usage() const;
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  /// For a response that has not told: from the sizes of both bodies, rather too much than too little.
  [[nodiscard]] TokenUsage estimate(std::uint64_t request_bytes) const;

 private:
  /// One quantity: alternatives, each a sum of paths.
  struct Counter {
    struct Term {
      std::string path;
      std::uint64_t largest = 0;
      std::uint64_t times = 0;  ///< how often it was told
    };
    std::vector<std::vector<Term>> alternatives;
    explicit Counter(const std::vector<std::string>& paths);
    void note(std::string_view path, std::string_view value);
    [[nodiscard]] std::uint64_t value() const;
    [[nodiscard]] bool told() const;
  };
  void note(std::string_view path, std::string_view value);
  void feed_event_byte(char c);
  void end_line();

  const UsagePaths& paths_;
  Format format_;
  JsonScanner scanner_;
  Counter input_;
  Counter cached_input_;
  Counter cache_write_;
  Counter output_;
  std::string model_;
  std::uint64_t bytes_ = 0;
  std::string field_;      ///< of the current line: "data", as far as it was seen
  bool in_value_ = false;  ///< behind the line's colon
  bool in_data_ = false;   ///< and it is a data line
  bool last_cr_ = false;
};

}  // namespace agentbox::broker
