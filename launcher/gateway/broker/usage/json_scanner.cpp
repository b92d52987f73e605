// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/usage/json_scanner.hpp"

#include "gateway/broker/usage/find_either.hpp"

#include <algorithm>
#include <utility>

namespace agentbox::broker {
namespace {

constexpr std::size_t most_levels = 2 * JsonScanner::most_depth;

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E';
}

}  // namespace

JsonScanner::JsonScanner(OnValue on_value) : on_value_(std::move(on_value)) {}

void JsonScanner::feed(std::string_view input) {
  for (std::size_t i = 0; i < input.size(); ++i) {
    const char c = input[i];
    switch (state_) {
      case State::between:
        between(c);
        break;
      case State::text:
        i += text(input.substr(i)) - 1;
        break;
      case State::escape:
        // What is looked for has no escapes in it: a text with one is compared with nothing.
        token_too_long_ = true;
        unicode_left_ = 4;
        state_ = c == 'u' ? State::unicode : State::text;
        break;
      case State::unicode:
        if (--unicode_left_ == 0) state_ = State::text;
        break;
      case State::word:
        if (is_word_character(c)) {
          if (token_.size() < longest_value) token_ += c;
        } else {
          end_word();
          between(c);
        }
        break;
    }
  }
}

/// A run of a text, up to the quote or backslash that ends it; returns how long it was, with that.
std::size_t JsonScanner::text(std::string_view input) {
  const std::size_t end = find_either(input, '"', '\\');
  const std::size_t room = longest_value - std::min(longest_value, token_.size());
  if (end > room) token_too_long_ = true;
  token_ += input.substr(0, std::min(end, room));
  if (end == input.size()) return end;
  if (input[end] == '"') {
    end_text();
  } else {
    state_ = State::escape;
  }
  return end + 1;
}

void JsonScanner::finish() {
  if (state_ == State::word) end_word();
}

void JsonScanner::reset() {
  finish();
  state_ = State::between;
  levels_.clear();
  too_deep_ = 0;
  path_.clear();
  expects_key_ = false;
}

void JsonScanner::between(char c) {
  if (c == '{' || c == '[') {
    open(c);
  } else if (c == '}' || c == ']') {
    close();
  } else if (c == '"') {
    token_.clear();
    token_too_long_ = false;
    state_ = State::text;
  } else if (c == ',') {
    expects_key_ = !levels_.empty() && levels_.back().kind == '{';
  } else if (c == ':') {
    expects_key_ = false;
  } else if (is_word_character(c)) {
    token_.assign(1, c);
    token_too_long_ = false;
    state_ = State::word;
  }
}

void JsonScanner::open(char c) {
  if (levels_.size() >= most_levels) {
    ++too_deep_;
    return;
  }
  levels_.push_back({c, path_.size()});
  expects_key_ = c == '{';
}

void JsonScanner::close() {
  if (too_deep_ > 0) {
    --too_deep_;
    return;
  }
  if (levels_.empty()) return;
  path_.resize(levels_.back().path_size);
  levels_.pop_back();
  expects_key_ = false;
}

void JsonScanner::end_text() {
  state_ = State::between;
  if (too_deep_ > 0) return;
  if (!expects_key_) {
    report();
    return;
  }
  path_.resize(levels_.back().path_size);
  if (!path_.empty()) path_ += '.';
  // "?" is no key that a provider's definition can name.
  path_ += token_too_long_ || token_.size() > longest_key ? std::string_view("?") : std::string_view(token_);
}

void JsonScanner::end_word() {
  state_ = State::between;
  if (too_deep_ == 0) report();
}

void JsonScanner::report() {
  if (!token_too_long_ && !path_.empty()) on_value_(path_, token_);
}

}  // namespace agentbox::broker
