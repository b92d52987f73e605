// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/record/text_masker.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace agentbox {
namespace {

struct KeyForm {
  std::string_view begin;
  std::size_t shortest_rest;
};

constexpr std::array key_forms{
    KeyForm{"sk-", 20},  KeyForm{"sk_live_", 16},    KeyForm{"ghp_", 30},   KeyForm{"gho_", 30}, KeyForm{"ghu_", 30},
    KeyForm{"ghs_", 30}, KeyForm{"ghr_", 30},        KeyForm{"glpat-", 16}, KeyForm{"AKIA", 16}, KeyForm{"ASIA", 16},
    KeyForm{"AIza", 30}, KeyForm{"xoxb-", 20},       KeyForm{"xoxp-", 20},  KeyForm{"hf_", 30},  KeyForm{"npm_", 30},
    KeyForm{"gsk_", 30}, KeyForm{"github_pat_", 30},
};

bool is_key_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

std::size_t key_length(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_key_character) - text.begin());
}

/// "task-force" holds "sk-" and no key: in front of one stands no letter, but for that which ends a sequence of
/// colours.
bool may_begin_at(std::string_view text, std::size_t at) {
  if (at == 0 || !is_key_character(text[at - 1])) return true;
  if (text[at - 1] != 'm') return false;
  const std::size_t begin = text.find_last_not_of("0123456789;:", at - 2);
  return at >= 2 && begin != std::string_view::npos && begin > 0 && text.substr(begin - 1, 2) == "\x1b[";
}

/// Words with hyphens have no digits, mostly.
bool looks_random(std::string_view rest) {
  constexpr int enough = 2;
  return std::count_if(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; }) >= enough;
}

void mask_keys(std::string& text) {
  for (const auto& [begin, shortest_rest] : key_forms) {
    for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at + begin.size())) {
      const std::string_view rest = std::string_view(text).substr(at + begin.size());
      const std::size_t length = key_length(rest);
      if (length >= shortest_rest && may_begin_at(text, at) && looks_random(rest.substr(0, length))) {
        text.replace(at + begin.size(), length, length, '*');
      }
    }
  }
}

/// The longest end of text that is a beginning of whole, but not all of it.
std::size_t overlap(std::string_view text, std::string_view whole) {
  for (std::size_t length = std::min(text.size(), whole.size() - 1); length > 0; --length) {
    if (whole.starts_with(text.substr(text.size() - length))) return length;
  }
  return 0;
}

/// How much of the end of text may be a key that goes on.
std::size_t begun_key(std::string_view text) {
  std::size_t longest = 0;
  for (const auto& form : key_forms) {
    longest = std::max(longest, overlap(text, form.begin));
    const std::size_t at = text.rfind(form.begin);
    if (at != std::string_view::npos && key_length(text.substr(at)) == text.size() - at && may_begin_at(text, at)) {
      longest = std::max(longest, text.size() - at);
    }
  }
  return longest;
}

/// A sequence of colours at the end of text that is not whole yet: what comes before a key tells whether it is one.
std::size_t begun_sequence(std::string_view text) {
  const std::size_t at = text.rfind('\x1b');
  if (at == std::string_view::npos) return 0;
  const std::string_view sequence = text.substr(at);
  const bool begun = sequence.size() == 1 || (sequence[1] == '[' && sequence.find_first_not_of("0123456789;:", 2) == std::string_view::npos);
  return begun ? sequence.size() : 0;
}

}  // namespace

TextMasker::TextMasker(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {
  secrets_.erase(std::remove_if(secrets_.begin(), secrets_.end(),
                                [](const std::string& secret) { return secret.size() < shortest; }),
                 secrets_.end());
}

std::string TextMasker::masked(std::string text) const {
  for (const std::string& secret : secrets_) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + secret.size())) {
      text.replace(at, secret.size(), secret.size(), '*');
    }
  }
  mask_keys(text);
  return text;
}

std::size_t TextMasker::length_to_keep(std::string_view text) const {
  std::size_t keep = std::max(begun_key(text), begun_sequence(text));
  for (const std::string& secret : secrets_) {
    keep = std::max(keep, overlap(text, secret));
  }
  return keep > longest_waiting ? 0 : keep;
}

std::string TextMasker::mask(std::string_view text) {
  const std::string all = std::exchange(waiting_, {}).append(text);
  std::size_t cut = all.size() - length_to_keep(all);
  for (const std::string& secret : secrets_) {
    // What ends a whole secret does not begin another one.
    for (std::size_t at = all.find(secret); at < cut; at = all.find(secret, at + secret.size())) {
      cut = std::max(cut, at + secret.size());
    }
  }
  // The end waits as it is, since more of a key may follow; asterisks are as long as what they hide.
  waiting_ = all.substr(cut);
  return masked(all).substr(0, cut);
}

std::string TextMasker::finish() { return masked(std::exchange(waiting_, {})); }

}  // namespace agentbox
