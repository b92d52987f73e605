// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/masker.hpp"

#include <algorithm>
#include <cstring>

namespace agentbox::broker {

Masker::Masker(std::string_view secret) : secret_(secret.size() < shortest ? std::string_view() : secret) {
  const std::string_view pattern = secret_.view();
  fallback_.assign(pattern.size() + 1, 0);
  std::size_t border = 0;
  for (std::size_t i = 1; i < pattern.size(); ++i) {
    while (border > 0 && pattern[i] != pattern[border]) border = fallback_[border];
    if (pattern[i] == pattern[border]) ++border;
    fallback_[i + 1] = border;
  }
}

void Masker::feed_byte(char c, std::string& out) {
  const std::string_view pattern = secret_.view();
  while (matched_ > 0 && c != pattern[matched_]) {
    // The bytes that fall out of the match are the pattern's own first ones.
    const std::size_t shorter = fallback_[matched_];
    out += pattern.substr(0, matched_ - shorter);
    matched_ = shorter;
  }
  if (c != pattern[matched_]) {
    out += c;
  } else if (++matched_ == pattern.size()) {
    out.append(pattern.size(), '*');
    matched_ = 0;
  }
}

void Masker::feed(std::string_view input, std::string& out) {
  const std::string_view pattern = secret_.view();
  if (pattern.empty() || input.empty()) {  // an empty view may point nowhere, which memmem() must not be given
    out += input;
    return;
  }
  while (matched_ > 0 && !input.empty()) {  // what the last piece may have begun
    feed_byte(input.front(), out);
    input.remove_prefix(1);
  }
  while (const void* found = ::memmem(input.data(), input.size(), pattern.data(), pattern.size())) {
    out += input.substr(0, static_cast<std::size_t>(static_cast<const char*>(found) - input.data()));
    out.append(pattern.size(), '*');
    input = {static_cast<const char*>(found) + pattern.size(), input.end()};
  }
  // The secret is not in it as a whole; only these last bytes may be its beginning.
  const std::size_t certain = input.size() - std::min(input.size(), pattern.size() - 1);
  out += input.substr(0, certain);
  for (const char c : input.substr(certain)) {
    feed_byte(c, out);
  }
}

void Masker::finish(std::string& out) {
  out += secret_.view().substr(0, matched_);
  matched_ = 0;
}

void KeyMasker::feed(std::string_view input, std::string& out) {
  if (bare_.idle()) return sent_.feed(input, out);
  std::string once;
  sent_.feed(input, once);
  bare_.feed(once, out);
}

void KeyMasker::finish(std::string& out) {
  std::string once;
  sent_.finish(once);
  bare_.feed(once, out);
  bare_.finish(out);
}

std::string masked(std::string_view text, std::string_view secret) {
  Masker masker(secret);
  std::string result;
  masker.feed(text, result);
  masker.finish(result);
  return result;
}

}  // namespace agentbox::broker
