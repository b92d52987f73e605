// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/session.hpp"

#include "core/text.hpp"
#include "sys/unique_fd.hpp"

#include <fmt/format.h>
#include <libssh/server.h>

#include <poll.h>

#include <algorithm>
#include <exception>

namespace agentbox {

namespace {

/// libssh reads 4 KiB at a time; so many reads make one turn before the others in the poll set get theirs.
constexpr int reads_per_turn = 32;

constexpr std::size_t most_unsent = std::size_t{256} << 10U;
/// Our own writes stop at most_unsent, so only answers to a flood of requests, sent by a server that does not read
/// them, can reach this.
constexpr std::size_t flood_of_answers = std::size_t{4} << 20U;
/// The largest packet overhead of the ciphers that we offer: length, padding, tag.
constexpr std::uint64_t packet_overhead = 48;

/// For one request at the start of a command.
constexpr std::chrono::seconds answer_patience{120};

/// An emulated guest (QEMU 7.2, TCG) has been seen not to notice, once in a hundred starts, what had arrived on its serial port until
/// the next thing did (docs/decisions/0019). So the next thing comes soon: a message that the server ignores (RFC 4253 section 11.2).
constexpr std::chrono::milliseconds nudge_after{100};

}  // namespace

SshSession::SshSession(SshSessionOwner session, SshPatience patience)
    : patience_(patience), session_(std::move(session)), event_(ssh_event_new()) {
  if (!event_ || ssh_event_add_session(event_.get(), session_.get()) != SSH_OK) {
    throw Error(ErrorKind::environment, "cannot set up the SSH connection: out of memory");
  }
  set_nonblocking(ssh_get_fd(session_.get()));
  ssh_set_counters(session_.get(), &socket_bytes_, &packet_bytes_);
  // Without a callback, libssh queues each request of the server's for someone to fetch, without a bound.
  ssh_set_message_callback(session_.get(), &SshSession::on_message, this);
  closing_.reserve(most_forwards + 1);
  forwards_.reserve(most_forwards);
}

SshSession::~SshSession() {
  // Channels before the session (it frees what is left of them), and the session out of the event before either is
  // freed: each would otherwise reach into the other.
  ssh_set_message_callback(session_.get(), nullptr, nullptr);
  forwards_.clear();
  openings_.clear();
  closing_.clear();
  ssh_event_remove_session(event_.get(), session_.get());
}

bool SshSession::stalled() const {
  const auto over = [](const auto& one) { return one.over_bound(); };
  return std::any_of(channels_.begin(), channels_.end(), [](const Channel* one) { return one->over_bound(); }) ||
         std::any_of(forwards_.begin(), forwards_.end(), over);
}

int SshSession::fd() const { return lost() || stalled() ? -1 : ssh_get_fd(session_.get()); }

short SshSession::wanted_events() const {
  const bool unsent = (ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0;
  return static_cast<short>(unsent ? POLLIN | POLLOUT : POLLIN);
}

void SshSession::append_poll_set(PollSet& set) const {
  for (const auto& forward : forwards_) {
    forward.append_poll_set(set, write_budget());
  }
  if (has_room() && !lost() && !stalled()) {
    for (const auto& one : published_) {
      set.emplace_back(one.listener.get(), POLLIN);
    }
  }
}

void SshSession::serve() {
  if (lost()) {
    return;
  }
  if (stalled()) {
    // Every call that writes reads a little, too, so only what the forwards hold already is moved on, to the host. The
    // server's silence is our doing then.
    serve_forwards();
    last_heard_ = Clock::now();
    return;
  }
  read_and_write();
  accept_published();
  advance_openings();
  serve_forwards();
  std::erase_if(closing_, [](const auto& channel) { return channel->remote_closed(); });
  keep_alive();
  check_limits();
}

void SshSession::read_and_write() {
  for (int i = 0; i < reads_per_turn && !stalled(); ++i) {
    if (ssh_event_dopoll(event_.get(), 0) < 0) {  // SSH_AGAIN: nothing there; SSH_ERROR: see lost()
      break;
    }
    for (Channel* channel : channels_) {
      if (channel->remote_eof()) {
        channel->rescue();
      }
    }
  }
  if (socket_bytes_.in_bytes != heard_bytes_) {
    heard_bytes_ = socket_bytes_.in_bytes;
    last_heard_ = Clock::now();
  }
}

std::int64_t SshSession::bytes_made_and_not_sent() const {
  const std::uint64_t made = packet_bytes_.out_bytes + packet_overhead * packet_bytes_.out_packets;
  return static_cast<std::int64_t>(made) - static_cast<std::int64_t>(socket_bytes_.out_bytes);
}

/// An upper bound of what libssh holds to be sent; it does not tell. The overhead of a packet is a guess that is never
/// too low, so the sum drifts upwards; settled_ takes the drift out whenever nothing is left to be sent.
std::size_t SshSession::backlog() const {
  return static_cast<std::size_t>(std::max<std::int64_t>(bytes_made_and_not_sent() - settled_, 0));
}

void SshSession::check_limits() {
  if ((ssh_get_status(session_.get()) & SSH_WRITE_PENDING) == 0) {
    settled_ = bytes_made_and_not_sent();
  }
  if (backlog() > flood_of_answers) {
    abuse_ = "the guest's SSH server floods us with requests and does not read the answers";
  }
  if (closing_.size() > most_forwards) {
    abuse_ = "the guest's SSH server does not close its channels";
  }
}

std::size_t SshSession::write_budget() const {
  if (lost() || stalled()) {
    return 0;
  }
  const std::size_t unsent = (ssh_get_status(session_.get()) & SSH_WRITE_PENDING) != 0 ? backlog() : 0;
  return unsent < most_unsent ? most_unsent - unsent : 0;
}

bool SshSession::lost() const {
  return !abuse_.empty() || ssh_is_connected(session_.get()) == 0 ||
         (ssh_get_status(session_.get()) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0;
}

std::string SshSession::lost_reason() const {
  if (!abuse_.empty()) {
    return abuse_;
  }
  return fmt::format("the SSH connection to the guest broke ({})",
                     escape_untrusted(ssh_get_error(session_.get()), 300));
}

void SshSession::keep_alive() {
  const auto now = Clock::now();
  if (now - last_heard_ >= patience_.dead_after) {
    abuse_ = fmt::format("the guest has not answered for {} s", patience_.dead_after.count());
  } else if (now - last_heard_ >= patience_.probe_after && now - last_probe_ >= patience_.probe_after) {
    // One call may only fetch the answer to the probe before; the second one then sends.
    ssh_send_keepalive(session_.get());
    ssh_send_keepalive(session_.get());
    last_probe_ = now;
    probed_ = true;
  }
}

void SshSession::await_turn(std::string_view attempted) {
  PollSet set{{fd(), wanted_events()}};
  append_poll_set(set);
  SocketWait wait;
  if (wait.wait(set, Clock::now() + nudge_after) == SocketWait::Outcome::deadline && !lost()) {
    ssh_send_ignore(session_.get(), "");
    set.front().second = wanted_events();
  }
  if (wait.wait(set, Clock::now() + answer_patience) == SocketWait::Outcome::deadline) {
    throw Error(ErrorKind::backend, fmt::format("{}: no answer for {} s", attempted, answer_patience.count()));
  }
  serve();
}

void SshSession::fail(std::string_view attempted) const {
  const std::string reason = lost() ? lost_reason() : escape_untrusted(ssh_get_error(session_.get()), 300);
  throw Error(ErrorKind::backend, fmt::format("{}: {}", attempted, reason));
}

std::unique_ptr<Channel> SshSession::open_channel() {
  auto channel = std::make_unique<Channel>(session_.get());
  channels_.push_back(channel.get());
  try {
    complete("cannot open an SSH channel to the guest",
             [&channel] { return ssh_channel_open_session(channel->raw()); });
  } catch (...) {
    retire(std::move(channel));
    throw;
  }
  return channel;
}

void SshSession::retire(std::unique_ptr<Channel> channel) noexcept {
  std::erase(channels_, channel.get());
  if (lost() || channel->remote_closed() || closing_.size() == closing_.capacity()) {
    return;
  }
  channel->close_and_discard();
  closing_.push_back(std::move(channel));  // within its capacity: no allocation
}

}  // namespace agentbox
