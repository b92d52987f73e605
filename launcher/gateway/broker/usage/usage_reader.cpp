// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/usage/usage_reader.hpp"

#include "core/text.hpp"
#include "gateway/broker/usage/find_either.hpp"

#include <algorithm>
#include <utility>

namespace agentbox::broker {
namespace {

/// A number of tokens: whole, and below a thousand million million. Anything else says nothing.
std::optional<std::uint64_t> count_of(std::string_view text) {
  if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : text) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  return value;
}

constexpr std::size_t longest_field = 8;
constexpr std::size_t longest_model = 128;

}  // namespace

UsageReader::Counter::Counter(const std::vector<std::string>& paths) {
  for (const std::string& sum : paths) {
    std::vector<Term>& terms = alternatives.emplace_back();
    for (const std::string& path : split(sum, '+')) terms.push_back({.path = std::string(trim(path))});
  }
}

void UsageReader::Counter::note(std::string_view path, std::string_view value) {
  for (auto& terms : alternatives) {
    for (Term& term : terms) {
      if (term.path != path) continue;
      if (const auto count = count_of(value)) {
        term.largest = std::max(term.largest, *count);
        ++term.times;
      }
    }
  }
}

std::uint64_t UsageReader::Counter::value() const {
  std::uint64_t largest = 0;
  for (const auto& terms : alternatives) {
    std::uint64_t sum = 0;
    for (const Term& term : terms) sum += term.largest;
    largest = std::max(largest, sum);
  }
  return largest;
}

bool UsageReader::Counter::told() const {
  return std::any_of(alternatives.begin(), alternatives.end(), [](const auto& terms) {
    return std::any_of(terms.begin(), terms.end(), [](const Term& term) { return term.times > 0; });
  });
}

UsageReader::UsageReader(const UsagePaths& paths, Format format)
    : paths_(paths),
      format_(format),
      scanner_([this](std::string_view path, std::string_view value) { note(path, value); }),
      input_(paths.input),
      cached_input_(paths.cached_input),
      cache_write_(paths.cache_write),
      output_(paths.output) {}

void UsageReader::note(std::string_view path, std::string_view value) {
  input_.note(path, value);
  cached_input_.note(path, value);
  cache_write_.note(path, value);
  output_.note(path, value);
  if (value.size() <= longest_model && std::find(paths_.model.begin(), paths_.model.end(), path) != paths_.model.end())
    model_ = value;
}

void UsageReader::feed(std::string_view input) {
  bytes_ += input.size();
  if (format_ == Format::json) {
    scanner_.feed(input);
    return;
  }
  while (!input.empty()) {
    if (!in_data_) {
      feed_event_byte(input.front());
      input.remove_prefix(1);
      continue;
    }
    const std::size_t end = find_either(input, '\n', '\r');
    scanner_.feed(input.substr(0, end));
    if (end < input.size()) feed_event_byte(input[end]);
    input.remove_prefix(std::min(end + 1, input.size()));
  }
}

void UsageReader::finish() {
  if (format_ == Format::events) end_line();
  scanner_.finish();
}

// Server-sent events: lines that end with CR LF, LF or CR; "data: VALUE"; an empty line ends the event.
void UsageReader::feed_event_byte(char c) {
  if (c == '\n' && std::exchange(last_cr_, false)) return;
  last_cr_ = c == '\r';
  if (c == '\n' || c == '\r') {
    end_line();
  } else if (!in_value_ && c == ':') {
    in_value_ = true;
    in_data_ = field_ == "data";
  } else if (!in_value_ && field_.size() < longest_field) {
    field_ += c;
  }
}

void UsageReader::end_line() {
  if (field_.empty() && !in_value_) {
    scanner_.reset();
  } else if (in_data_) {
    scanner_.feed("\n");  // two data lines of one event are one text with a newline between
  }
  field_.clear();
  in_value_ = false;
  in_data_ = false;
}

std::optional<TokenUsage> UsageReader::usage() const {
  if (!output_.told()) return std::nullopt;
  TokenUsage usage{.input = input_.value(),
                   .cached_input = cached_input_.value(),
                   .cache_write = cache_write_.value(),
                   .output = output_.value()};
  if (paths_.cached == UsagePaths::Cached::included) usage.input -= std::min(usage.input, usage.cached_input);
  return usage;
}

TokenUsage UsageReader::estimate(std::uint64_t request_bytes) const {
  // Four bytes of text make about one token. In a stream each piece of text comes wrapped in an event of far more
  // bytes.
  const std::uint64_t output = bytes_ / (format_ == Format::events ? 16 : 4);
  TokenUsage usage{.input = std::max(input_.value(), request_bytes / 4), .output = std::max(output_.value(), output)};
  if (input_.told()) {
    usage.input = input_.value();
    usage.cached_input = cached_input_.value();
    usage.cache_write = cache_write_.value();
    if (paths_.cached == UsagePaths::Cached::included) usage.input -= std::min(usage.input, usage.cached_input);
  }
  return usage;
}

}  // namespace agentbox::broker
