// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/masker.hpp"

#include <algorithm>

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

void Masker::feed(std::string_view input, std::string& out) {
  const std::string_view pattern = secret_.view();
  if (pattern.empty()) {
    out += input;
    return;
  }
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (matched_ == 0) {
      // The usual case, and a fast one: nothing here begins like the secret.
      const std::size_t begin = std::min(input.find(pattern.front(), i), input.size());
      out += input.substr(i, begin - i);
      if (begin == input.size()) return;
      i = begin;
    }
    const char c = input[i];
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
}

void Masker::finish(std::string& out) {
  out += secret_.view().substr(0, matched_);
  matched_ = 0;
}

void KeyMasker::feed(std::string_view input, std::string& out) {
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
