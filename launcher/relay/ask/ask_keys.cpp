// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/ask/ask_keys.hpp"

#include "relay/control_characters.hpp"

#include <charconv>
#include <utility>

namespace agentbox {
namespace {

constexpr std::size_t longest_sequence = 64;
/// A terminal sends a sequence in one go; what comes after such a pause does not belong to it.
constexpr std::chrono::milliseconds sequence_pause{200};

/// Sequences that a terminal sends without a key: mouse, focus, and replies to what the guest asked.
constexpr std::string_view reports = "MmRcIOnty";

int number_at(std::string_view text, std::size_t begin, int if_none) {
  int value = if_none;
  std::from_chars(text.data() + begin, text.data() + text.size(), value);
  return value;
}

struct KittyKey {
  int code = 0;
  int modifiers = 0;  ///< a bit set: 1 shift, 2 alt, 4 ctrl, ..., 64 caps lock, 128 num lock
  int event = 1;      ///< 1 press, 2 repeat, 3 release
};

/// `ESC[CODE:...;MODIFIERS:EVENT;...u`
KittyKey parse_kitty_key(std::string_view sequence) {
  KittyKey key{.code = number_at(sequence, 2, 0)};
  const auto semicolon = sequence.find(';');
  if (semicolon == std::string_view::npos) {
    return key;
  }
  key.modifiers = number_at(sequence, semicolon + 1, 1) - 1;
  const auto end = sequence.find_first_not_of("0123456789", semicolon + 1);
  if (end != std::string_view::npos && sequence[end] == ':') {
    key.event = number_at(sequence, end + 1, 1);
  }
  return key;
}

constexpr int no_answer = 0;

/// As the plain byte that a terminal without the protocol would send.
int plain_code(const KittyKey& key) {
  constexpr int locks = 64 | 128;
  constexpr int control = 4;
  const int modifiers = key.modifiers & ~locks;
  if (modifiers == control && key.code == 'c') {
    return control::end_of_text;
  }
  return modifiers == 0 && key.event == 1 ? key.code : no_answer;
}

std::optional<AskAnswer> answer_of(int code) {
  switch (code) {
    case 'o':
      return AskAnswer::once;
    case 's':
      return AskAnswer::session;
    case 'a':
      return AskAnswer::always;
    case 'd':
    case control::end_of_text:
      return AskAnswer::deny;
    default:
      return std::nullopt;
  }
}

}  // namespace

void AskKeys::on_typing(std::string_view bytes, std::string& forwarded) {
  if (pending_) {  // it was not alone
    forwarded += pending_->bytes;
    pending_.reset();
  }
  forwarded += bytes;
  quiet_since_ = now_;
}

void AskKeys::on_key(std::string_view bytes, int code, std::string& forwarded) {
  if (pending_ || now_ - quiet_since_ < quiet_before) {
    on_typing(bytes, forwarded);
    return;
  }
  pending_ = Pending{std::string(bytes), code, now_};
  quiet_since_ = now_;
}

void AskKeys::end_csi(std::string& forwarded) {
  const bool whole = sent_ == 0;
  const std::string sequence = sequence_;
  const std::string unsent = take_sequence();
  const char final = sequence.back();
  state_ = State::ground;
  if (sequence == "\x1b[200~" || sequence == "\x1b[201~") {
    in_paste_ = sequence[4] == '0';
    on_typing(unsent, forwarded);
  } else if (sequence == "\x1b[M") {
    state_ = State::mouse;
    mouse_bytes_ = 3;
    forwarded += unsent;
  } else if (final == 'u' && whole && !in_paste_) {
    const KittyKey key = parse_kitty_key(sequence);
    if (key.event == 3) {
      forwarded += sequence;
    } else {
      on_key(sequence, plain_code(key), forwarded);
    }
  } else if (reports.find(final) != std::string_view::npos) {
    forwarded += unsent;
  } else {
    on_typing(unsent, forwarded);
  }
}

std::string AskKeys::take_sequence() {
  std::string unsent = sequence_.substr(std::exchange(sent_, 0));
  sequence_.clear();
  return unsent;
}

void AskKeys::feed_byte(char byte, std::string& forwarded) {
  const std::string_view one(&byte, 1);
  switch (state_) {
    case State::ground:
      if (byte == control::escape) {
        sequence_ = byte;
        state_ = State::escape;
      } else if (in_paste_) {
        on_typing(one, forwarded);
      } else {
        on_key(one, static_cast<unsigned char>(byte), forwarded);
      }
      break;
    case State::escape:
      sequence_ += byte;
      if (byte == '[') {
        state_ = State::csi;
      } else if (byte == 'O') {
        state_ = State::single_shift;
      } else if (byte == ']' || byte == 'P' || byte == '_') {
        state_ = State::string;
      } else {  // Alt with a key
        state_ = State::ground;
        on_typing(take_sequence(), forwarded);
      }
      break;
    case State::csi:
      sequence_ += byte;
      if ((byte >= '@' && byte <= '~') || sequence_.size() > longest_sequence) {
        end_csi(forwarded);
      }
      break;
    case State::single_shift:
      sequence_ += byte;
      state_ = State::ground;
      on_typing(take_sequence(), forwarded);
      break;
    case State::mouse:
      forwarded += byte;
      state_ = --mouse_bytes_ == 0 ? State::ground : State::mouse;
      break;
    case State::string:
    case State::string_escape:
      forwarded += take_sequence();
      forwarded += byte;
      if (byte == '\a' || (state_ == State::string_escape && byte == '\\')) {
        state_ = State::ground;
      } else {
        state_ = byte == control::escape ? State::string_escape : State::string;
      }
      break;
  }
}

std::string AskKeys::feed(std::string_view bytes, Time now) {
  std::string forwarded;
  if (now - now_ > sequence_pause) {
    if (state_ != State::ground) {
      quiet_since_ = now_;  // no terminal sent that: somebody typed, say Alt with a bracket
    }
    state_ = State::ground;
    take_sequence();
  }
  now_ = now;
  for (const char byte : bytes) {
    feed_byte(byte, forwarded);
  }
  // What the end of a read cuts is not held back, since it may be the Escape key; its rest is then no answer.
  const std::string_view cut = std::string_view(sequence_).substr(sent_);
  if (state_ == State::escape && !cut.empty()) {
    on_typing(cut, forwarded);
  } else {
    forwarded += cut;
  }
  sent_ = sequence_.size();
  return forwarded;
}

std::optional<AskAnswer> AskKeys::answer(Time now) {
  if (!pending_ || now - pending_->at < quiet_after) {
    return std::nullopt;
  }
  const auto answer = answer_of(pending_->code);
  pending_.reset();
  return answer;
}

std::optional<AskKeys::Time> AskKeys::next_time() const {
  return pending_ ? std::optional(pending_->at + quiet_after) : std::nullopt;
}

}  // namespace agentbox
