// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/pending_replies.hpp"

#include "relay/control_characters.hpp"

#include <algorithm>

namespace agentbox {

namespace {

constexpr std::size_t longest_reply_parameters = 64;
/// A guest that asks without end is not waited for without end.
constexpr unsigned most_pending = 1000;

}  // namespace

void PendingReplies::note_questions(unsigned count) {
  pending_ = std::min(pending_ + std::min(count, most_pending), most_pending);
}

void PendingReplies::note_reply() { pending_ -= std::min(pending_, 1U); }

void PendingReplies::feed(std::string_view input) {
  if (pending_ == 0 && state_ == State::ground) {
    return;  // nearly always
  }
  for (const char byte : input) {
    feed_byte(byte);
  }
}

void PendingReplies::feed_byte(char byte) {
  switch (state_) {
    case State::ground:
      state_ = byte == control::escape ? State::escape : State::ground;
      break;
    case State::escape:
      parameters_.clear();
      state_ = byte == '['                  ? State::csi
               : byte == ']' || byte == 'P' ? State::string
               : byte == control::escape    ? State::escape
                                            : State::ground;
      break;
    case State::csi:
      if (byte >= '@' && byte <= '~') {
        state_ = State::ground;
        end_csi(byte);
      } else if (byte == control::escape) {
        state_ = State::escape;
      } else if (parameters_.size() < longest_reply_parameters) {
        parameters_ += byte;
      }
      break;
    case State::string:
      if (byte == '\a') {
        state_ = State::ground;
        note_reply();
      } else if (byte == control::escape) {
        state_ = State::string_escape;
      }
      break;
    case State::string_escape:
      state_ = byte == '\\' ? State::ground : State::string;
      if (byte == '\\') {
        note_reply();
      }
      break;
  }
}

/// Attributes, the cursor, status, the keyboard's flags, a mode, a size, other keys.
void PendingReplies::end_csi(char final) {
  const bool prefixed = !parameters_.empty() && parameters_.front() >= '<' && parameters_.front() <= '?';
  const bool new_size = parameters_.starts_with("48;");  // which comes unasked
  const bool mode = final == 'y' && parameters_.ends_with('$');
  const bool other_keys = final == 'm' && parameters_.starts_with(">4");  // a mouse's are `<`
  if (final == 'R' || final == 'n' || (final == 'c' && prefixed) || (final == 'u' && parameters_.starts_with('?')) ||
      (final == 't' && !new_size) || mode || other_keys) {
    note_reply();
  }
}

}  // namespace agentbox
