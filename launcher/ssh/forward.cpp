// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/forward.hpp"

#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>

namespace agentbox {

namespace {

constexpr std::size_t forwarded_chunk = 32768;

}  // namespace

ForwardedConnection::ForwardedConnection(std::unique_ptr<Channel> channel, Port host_port) noexcept
    : channel_(std::move(channel)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(host_port.number());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    connecting_ = errno == EINPROGRESS;
    broken_ = !connecting_;
  }
}

bool ForwardedConnection::connected() noexcept {
  if (connecting_) {
    pollfd fd{socket_.get(), POLLOUT, 0};
    if (::poll(&fd, 1, 0) != 1) {
      return false;
    }
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    connecting_ = false;
    broken_ = error != 0;
  }
  return !broken_;
}

std::size_t ForwardedConnection::pump(std::size_t write_budget) noexcept {
  try {
    if (!connected()) {
      return 0;
    }
    move_to_host();
    return broken_ ? 0 : move_to_guest(write_budget);
  } catch (const std::exception&) {  // out of memory: this connection's problem, not the session's
    broken_ = true;
    return 0;
  }
}

void ForwardedConnection::move_to_host() {
  channel_->read(Stream::standard_error, forwarded_chunk);  // a forwarded connection has none; a guest may send some
  if (to_host_.empty()) {
    to_host_ = channel_->read(Stream::standard_output, forwarded_chunk);
  }
  if (!to_host_.empty()) {
    const ssize_t sent = ::send(socket_.get(), to_host_.data(), to_host_.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      broken_ = errno != EAGAIN && errno != EINTR;
      return;
    }
    to_host_.erase(0, static_cast<std::size_t>(sent));
  }
  if (to_host_.empty() && !eof_to_host_ && channel_->remote_eof() && !channel_->readable(Stream::standard_output)) {
    ::shutdown(socket_.get(), SHUT_WR);
    eof_to_host_ = true;
  }
}

std::size_t ForwardedConnection::move_to_guest(std::size_t budget) {
  if (to_guest_.empty() && !host_ended_ && channel_->window() > 0 && budget > 0) {
    std::array<char, forwarded_chunk> chunk;
    const ssize_t count = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (count < 0) {
      broken_ = errno != EAGAIN && errno != EINTR;
      return 0;
    }
    host_ended_ = count == 0;
    to_guest_.assign(chunk.data(), static_cast<std::size_t>(count));
  }
  const std::size_t written = channel_->write(std::string_view(to_guest_).substr(0, budget));
  to_guest_.erase(0, written);
  if (host_ended_ && to_guest_.empty() && !eof_to_guest_) {
    channel_->send_eof();
    eof_to_guest_ = true;
  }
  return written;
}

bool ForwardedConnection::finished() const noexcept {
  // Once the guest's side is closed altogether, the host can no longer be answered.
  const bool closed_and_drained = channel_->remote_closed() && eof_to_host_;
  return broken_ || closed_and_drained || (eof_to_guest_ && eof_to_host_);
}

void ForwardedConnection::append_poll_set(PollSet& set, std::size_t write_budget) const {
  if (finished()) {
    return;
  }
  short events = 0;
  if (connecting_ || !to_host_.empty() || channel_->readable(Stream::standard_output)) {
    events |= POLLOUT;
  }
  if (!connecting_ && to_guest_.empty() && !host_ended_ && channel_->window() > 0 && write_budget > 0) {
    events |= POLLIN;
  }
  if (events != 0) {  // with no events, poll(2) would still report a hang-up, again and again
    set.emplace_back(socket_.get(), events);
  }
}

}  // namespace agentbox
