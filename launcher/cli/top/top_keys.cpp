// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/top/top_keys.hpp"

#include <algorithm>

namespace agentbox {

namespace {

constexpr char escape = '\x1b';
constexpr std::size_t longest_host = 253 + 6;  // a name and a port

/// How many characters the escape sequence at the beginning of typed has; a lone Esc is one.
std::size_t sequence_length(std::string_view typed) {
  if (typed.size() < 2 || (typed[1] != '[' && typed[1] != 'O')) {
    return 1;
  }
  const auto end = std::find_if(typed.begin() + 2, typed.end(), [](char c) { return c >= '@' && c <= '~'; });
  return end == typed.end() ? typed.size() : static_cast<std::size_t>(end - typed.begin()) + 1;
}

}  // namespace

void TopKeys::show(const std::vector<std::string>& ids) {
  const auto at = std::find(ids_.begin(), ids_.end(), chosen_);
  const auto index = static_cast<std::size_t>(at - ids_.begin());
  ids_ = ids;
  if (std::find(ids_.begin(), ids_.end(), chosen_) == ids_.end()) {
    chosen_ = ids_.empty() ? "" : ids_[std::min(index, ids_.size() - 1)];
  }
  if (asking_ != Asking::nothing && std::find(ids_.begin(), ids_.end(), about_) == ids_.end()) {
    asking_ = Asking::nothing;
  }
}

void TopKeys::move(int by) {
  const auto at = std::find(ids_.begin(), ids_.end(), chosen_);
  if (at != ids_.end()) {
    const auto last = static_cast<std::ptrdiff_t>(ids_.size()) - 1;
    chosen_ = ids_[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at - ids_.begin() + by, 0, last))];
  }
}

TopAction TopKeys::take(std::string_view typed) {
  while (!typed.empty()) {
    TopAction action;
    if (typed.front() == escape) {
      const std::string_view sequence = typed.substr(0, sequence_length(typed));
      typed.remove_prefix(sequence.size());
      if (sequence.size() == 1) {
        asking_ = Asking::nothing;
      } else if (asking_ == Asking::nothing && sequence.size() == 3 && (sequence[2] == 'A' || sequence[2] == 'B')) {
        move(sequence[2] == 'A' ? -1 : 1);
      }
      continue;
    }
    action = asking_ == Asking::which_host ? key_of_host(typed.front()) : key(typed.front());
    typed.remove_prefix(1);
    if (action.kind != TopAction::Kind::none) {
      return action;
    }
  }
  return {};
}

TopAction TopKeys::key(char c) {
  constexpr char interrupt = '\x03';
  if (asking_ == Asking::whether_to_stop) {
    asking_ = Asking::nothing;
    return c == 'y' || c == 'Y' ? TopAction{.kind = TopAction::Kind::stop, .session = about_} : TopAction{};
  }
  if (c == 'q' || c == interrupt) {
    return {.kind = TopAction::Kind::quit};
  }
  if (c == 'k' || c == 'j') {
    move(c == 'k' ? -1 : 1);
  }
  if (chosen_.empty()) {
    return {};
  }
  about_ = chosen_;
  if (c == 'a' || c == '\r') {
    return {.kind = TopAction::Kind::attach, .session = chosen_};
  }
  if (c == 's') {
    asking_ = Asking::whether_to_stop;
  } else if (c == 'w') {
    asking_ = Asking::which_host;
    host_.clear();
  }
  return {};
}

TopAction TopKeys::key_of_host(char c) {
  constexpr char interrupt = '\x03';
  constexpr char backspace = '\x7f';
  if (c == interrupt) {
    asking_ = Asking::nothing;
  } else if (c == '\r') {
    asking_ = Asking::nothing;
    return host_.empty() ? TopAction{} : TopAction{.kind = TopAction::Kind::allow, .session = about_, .host = host_};
  } else if (c == backspace || c == '\b') {
    host_ = host_.substr(0, host_.empty() ? 0 : host_.size() - 1);
  } else if (c > ' ' && c < '\x7f' && host_.size() < longest_host) {
    host_ += c;
  }
  return {};
}

}  // namespace agentbox
