// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/stack/tcp_connection.hpp"

#include "sys/would_block.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace agentbox::wire {
namespace {

constexpr std::uint8_t our_scale = 2;
constexpr std::size_t most_of_ours = mtu - ipv4_size - tcp_size;

// The guest answers in milliseconds, an emulated one on a busy host in hundreds.
constexpr std::chrono::milliseconds first_patience{500};
constexpr std::chrono::seconds longest_patience{30};
constexpr int doublings = 6;
// When nobody holds the other end any more, a guest that does not answer has its connection for so many tries.
constexpr int last_tries = 5;
constexpr int same_again_means_lost = 3;

/// How far later is behind earlier; negative when it is before.
std::int32_t distance(std::uint32_t earlier, std::uint32_t later) { return static_cast<std::int32_t>(later - earlier); }

}  // namespace

TcpConnection::TcpConnection(const TcpSegment& syn, UniqueFd socket, std::uint32_t sequence, std::span<char> memory)
    : name_{syn.far_address, syn.far_port, syn.guest_port},
      socket_(std::move(socket)),
      phase_(Phase::syn_received),
      outgoing_(memory.first(outgoing_size)),
      incoming_(memory.subspan(outgoing_size, incoming_size)),
      acknowledged_(sequence),
      sent_(sequence),
      most_sent_(sequence) {
  take_options(syn);
}

TcpConnection::TcpConnection(const Name& name, UniqueFd socket, std::uint32_t sequence, std::span<char> memory)
    : name_(name),
      socket_(std::move(socket)),
      phase_(Phase::syn_sent),
      outgoing_(memory.first(outgoing_size)),
      incoming_(memory.subspan(outgoing_size, incoming_size)),
      acknowledged_(sequence),
      sent_(sequence),
      most_sent_(sequence),
      scaled_(true) {}

void TcpConnection::take_options(const TcpSegment& syn) {
  expected_ = syn.sequence + 1;
  guests_window_ = syn.window;
  scaled_ = syn.window_scale.has_value();
  guests_scale_ = syn.window_scale.value_or(0);
  most_in_segment_ = std::clamp<std::size_t>(syn.most.value_or(536), 64, most_of_ours);
}

int TcpConnection::socket() const {
  // poll(2) reports a hang-up unasked, again and again: only where there is something left to learn of it.
  const bool full = phase_ == Phase::open && !socket_ended_ && events() == 0;
  const bool too_early = phase_ != Phase::open && ended_early_;
  return socket_gone_ || full || too_early ? -1 : socket_.get();
}

short TcpConnection::events() const {
  int events = 0;
  if (phase_ == Phase::open && !socket_ended_ && outgoing_.room() > 0) events |= POLLIN;
  if (incoming_.size() > 0 && !socket_gone_) events |= POLLOUT;
  return static_cast<short>(events);
}

void TcpConnection::on_socket(short revents) {
  if (phase_ != Phase::open) {
    if ((revents & (POLLHUP | POLLERR)) != 0) on_early_end();
    return;
  }
  if ((revents & POLLOUT) != 0) write_socket();
  if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !owes_reset_) read_socket(revents);
  if (socket_ended_ && (revents & (POLLHUP | POLLERR)) != 0) {
    socket_gone_ = true;
    incoming_.drop(incoming_.size());
  }
  finish_if_done();
}

/// The far end has gone before the connection was made. What it said before is for the guest, once that has answered.
void TcpConnection::on_early_end() {
  char byte = 0;
  ended_early_ = phase_ == Phase::syn_received && ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  if (!ended_early_) reset();
}

void TcpConnection::read_socket(short revents) {
  while (outgoing_.room() > 0 && !socket_ended_) {
    const std::span<char> space = outgoing_.space();
    const ssize_t count = ::recv(socket_.get(), space.data(), space.size(), MSG_DONTWAIT);
    if (count < 0 && would_block()) {
      return;
    }
    if (count < 0) {
      return reset();
    }
    if (count == 0) {
      socket_ended_ = true;
      // A unix socket cannot be reset by its other end. One that was closed without a word was refused.
      if ((revents & POLLHUP) != 0 && !anything_came_) return reset();
    }
    outgoing_.written(static_cast<std::size_t>(count));
    anything_came_ = true;
  }
}

void TcpConnection::write_socket() {
  while (incoming_.size() > 0 && !socket_gone_) {
    const std::span<const char> front = incoming_.front();
    const ssize_t count = ::send(socket_.get(), front.data(), front.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && would_block()) {
      break;
    }
    if (count < 0) {
      socket_gone_ = true;
      incoming_.drop(incoming_.size());
      // What it sent before it went is still to be delivered; without that the guest learns at once.
      return socket_ended_ && outgoing_.size() > 0 ? void() : reset();
    }
    incoming_.drop(static_cast<std::size_t>(count));
  }
  // A window that opens again must be shown, or the guest waits; not for every byte.
  if (std::size_t{shown_window_} < incoming_size / 4 / 2 && incoming_.room() >= incoming_size / 2) {
    owes_acknowledgement_ = true;
  }
  if (guest_ended_ && incoming_.size() == 0 && !told_socket_) {
    ::shutdown(socket_.get(), SHUT_WR);
    told_socket_ = true;
  }
}

void TcpConnection::reset() {
  owes_reset_ = true;
  socket_.reset();
}

void TcpConnection::finish_if_done() {
  if (phase_ == Phase::open && guest_ended_ && fin_acknowledged_ && incoming_.size() == 0) {
    owes_acknowledgement_ = true;  // of its FIN; then it is over
  }
}

void TcpConnection::on_segment(const TcpSegment& segment) {
  if (owes_reset_ || ended()) {
    return;
  }
  if (phase_ == Phase::syn_sent) {
    return on_synchronizing(segment);
  }
  if (segment.has(TcpFlags::rst)) {
    if (distance(expected_, segment.sequence) >= 0 && distance(expected_, segment.sequence) <= int{incoming_size}) {
      phase_ = Phase::ended;
    }
    return;
  }
  if (segment.has(TcpFlags::syn)) {
    // The same SYN again: our answer was lost. Another one: the guest has forgotten this connection.
    if (phase_ == Phase::syn_received && segment.sequence + 1 == expected_) {
      sent_ = acknowledged_;
    } else {
      owes_acknowledgement_ = true;
    }
    return;
  }
  if (!segment.has(TcpFlags::ack)) {
    return;
  }
  take_acknowledgement(segment);
  if (phase_ == Phase::open) {
    take_content(segment);
    finish_if_done();
  }
  if (in_flight() == 0) {
    alarm_.reset();
  }
}

void TcpConnection::on_synchronizing(const TcpSegment& segment) {
  const bool answers = segment.has(TcpFlags::ack) && segment.acknowledged == most_sent_;
  if (answers && segment.has(TcpFlags::rst)) {
    phase_ = Phase::ended;
  } else if (answers && segment.has(TcpFlags::syn)) {
    take_options(segment);
    acknowledged_ = sent_ = most_sent_;
    phase_ = Phase::open;
    owes_acknowledgement_ = true;
    tries_ = 0;
    alarm_.reset();
  }
}

void TcpConnection::take_acknowledgement(const TcpSegment& segment) {
  const std::int32_t news = distance(acknowledged_, segment.acknowledged);
  if (news > distance(acknowledged_, most_sent_)) {
    owes_acknowledgement_ = true;  // of what was never sent
    return;
  }
  if (phase_ == Phase::syn_received) {
    if (news != 1) {
      return;
    }
    phase_ = Phase::open;
    acknowledged_ = sent_ = segment.acknowledged;
  } else if (news > 0) {
    const auto content = std::min<std::size_t>(static_cast<std::size_t>(news), outgoing_.size());
    outgoing_.drop(content);
    fin_acknowledged_ = fin_acknowledged_ || static_cast<std::size_t>(news) > content;
    acknowledged_ = segment.acknowledged;
    if (distance(acknowledged_, sent_) < 0) {
      sent_ = acknowledged_;  // sending again began, and was not needed after all
    }
  }
  if (news > 0) {
    tries_ = 0;
    same_again_ = 0;
    alarm_.reset();
  } else if (news == 0 && in_flight() > 0 && segment.payload.empty() && !segment.has(TcpFlags::fin) &&
             window_of(segment) == guests_window_) {  // a change of the window is why it came
    if (++same_again_ == same_again_means_lost) {
      sent_ = acknowledged_;
    }
  }
  if (news >= 0) {
    guests_window_ = window_of(segment);
  }
}

std::uint32_t TcpConnection::window_of(const TcpSegment& segment) const {
  return std::uint32_t{segment.window} << guests_scale_;
}

void TcpConnection::take_content(const TcpSegment& segment) {
  if (segment.payload.empty() && !segment.has(TcpFlags::fin)) {
    return;
  }
  owes_acknowledgement_ = true;
  const std::int32_t known = distance(segment.sequence, expected_);
  if (known < 0 || static_cast<std::size_t>(known) > segment.payload.size() || guest_ended_) {
    return;  // something before it is missing, or all of it is known
  }
  const Bytes fresh = segment.payload.subspan(static_cast<std::size_t>(known));
  if (!fresh.empty() && socket_gone_) {
    return reset();
  }
  const std::size_t taken = incoming_.put(fresh);
  expected_ += static_cast<std::uint32_t>(taken);
  if (segment.has(TcpFlags::fin) && taken == fresh.size()) {
    ++expected_;
    guest_ended_ = true;
  }
  write_socket();
}

std::uint16_t TcpConnection::window() const {
  const std::size_t room = std::min<std::size_t>(incoming_.room(), 65535);
  return static_cast<std::uint16_t>(scaled_ && phase_ == Phase::open ? incoming_.room() >> our_scale : room);
}

bool TcpConnection::wants_to_send() const {
  return outgoing_.size() > 0 || (socket_ended_ && !fin_acknowledged_);
}

void TcpConnection::on_time(Time now) {
  if (!alarm_ || now < *alarm_) {
    return;
  }
  alarm_.reset();
  ++tries_;
  const bool nobody_there = socket_gone_ || (socket_ended_ && told_socket_) || (phase_ != Phase::open && ended_early_);
  if ((nobody_there || (socket_ended_ && fin_acknowledged_)) && tries_ > last_tries) {
    return reset();
  }
  probes_ = guests_window_ == 0;
  sent_ = acknowledged_;
}

bool TcpConnection::write(FrameQueue& frames, const HardwareAddress& guest, std::uint8_t flags, std::size_t from,
                          std::size_t count) {
  shown_window_ = window();
  TcpSegment segment{.far_address = name_.far_address,
                     .far_port = name_.far_port,
                     .guest_port = name_.guest_port,
                     .sequence = sent_,
                     .acknowledged = (flags & TcpFlags::ack) != 0 ? expected_ : 0,
                     .flags = flags,
                     .window = shown_window_};
  if ((flags & TcpFlags::syn) != 0) {
    segment.most = static_cast<std::uint16_t>(most_of_ours);
    segment.window_scale = scaled_ ? std::optional(our_scale) : std::nullopt;
  }
  const auto frame = frames.add(frame_size(segment) + count);
  if (!frame) {
    return false;
  }
  const std::span<char> payload = frame->last(count);
  outgoing_.copy(from, payload);
  segment.payload = payload;
  write_segment(*frame, guest, segment);
  return true;
}

void TcpConnection::send_content(FrameQueue& frames, const HardwareAddress& guest) {
  while (true) {
    const std::size_t from = in_flight();
    const std::size_t window = std::max<std::size_t>(guests_window_, probes_ ? 1 : 0);
    const std::size_t waiting = outgoing_.size() - std::min(outgoing_.size(), from);
    const std::size_t count = std::min({waiting, most_in_segment_, window - std::min(window, from)});
    const bool last = socket_ended_ && !fin_acknowledged_ && from + count == outgoing_.size();
    if ((count == 0 && !last) || !frames.has_room()) {
      return;
    }
    const std::uint8_t flags = TcpFlags::ack | TcpFlags::psh | (last ? TcpFlags::fin : 0);
    if (!write(frames, guest, flags, from, count)) {
      return;
    }
    owes_acknowledgement_ = false;
    sent_ += static_cast<std::uint32_t>(count) + (last ? 1 : 0);
    if (distance(most_sent_, sent_) > 0) {
      most_sent_ = sent_;
    }
    if (last) {
      return;
    }
  }
}

void TcpConnection::send(FrameQueue& frames, const HardwareAddress& guest, Time now) {
  if (ended()) {
    return;
  }
  if (owes_reset_) {
    sent_ = most_sent_;
    write(frames, guest, TcpFlags::rst | TcpFlags::ack, 0, 0);  // if it does not go, the guest's next segment asks for it
    phase_ = Phase::ended;
    return;
  }
  if (phase_ != Phase::open && in_flight() == 0) {
    const std::uint8_t flags = phase_ == Phase::syn_sent ? TcpFlags::syn : TcpFlags::syn | TcpFlags::ack;
    if (write(frames, guest, flags, 0, 0)) {
      most_sent_ = ++sent_;
    }
  } else if (phase_ == Phase::open) {
    send_content(frames, guest);
    if (std::exchange(probes_, false) && outgoing_.size() > 0) {
      sent_ = acknowledged_;  // a guest whose window is closed throws it away
    }
    if (owes_acknowledgement_ && write(frames, guest, TcpFlags::ack, 0, 0)) {
      owes_acknowledgement_ = false;
    }
    if (guest_ended_ && fin_acknowledged_ && incoming_.size() == 0) {
      phase_ = Phase::ended;
      return;
    }
  }
  set_alarm(now);
}

void TcpConnection::set_alarm(Time now) {
  const bool closing_alone = socket_gone_ || (socket_ended_ && fin_acknowledged_ && told_socket_);
  if (!alarm_ && (in_flight() > 0 || phase_ != Phase::open || wants_to_send() || closing_alone)) {
    const auto patience = first_patience * (1 << std::min(tries_, doublings));
    alarm_ = now + std::min<Clock::duration>(patience, longest_patience);
  }
}

}  // namespace agentbox::wire
