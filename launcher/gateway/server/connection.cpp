// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/connection.hpp"

#include "gateway/server/timing.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace agentbox {

Connection::Connection(GatewayState& the_state, tcp::socket socket)
    : state(the_state),
      guest(std::move(socket)),
      upstream(the_state.io),
      clock_(the_state.io),
      ends_(Clock::now() + the_state.limits.total) {
  state.connections.insert(this);
}

Connection::~Connection() { state.leave(this); }

tcp::socket Connection::hand_over() {
  handed_over_ = UniqueFd(::fcntl(guest.native_handle(), F_DUPFD_CLOEXEC, 0));
  limit_silence(state.limits.total);
  return std::move(guest);
}

void Connection::limit_silence(std::chrono::milliseconds limit) {
  silence_limit_ = limit;
  touch();
  arm();
}

/// The timer is not moved with each byte: when it rings early, it is set to what is left.
void Connection::arm() {
  clock_.expires_at(std::min(last_activity_ + silence_limit_, ends_));
  clock_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (error || !self) {
      return;
    }
    const auto now = Clock::now();
    if (now >= self->ends_ || now - self->last_activity_ >= self->silence_limit_) {
      self->timed_out_ = true;
      self->close();
    } else {
      self->arm();
    }
  });
}

void Connection::judge_again() {
  const EgressRules& rules = state.plan.rules;
  const bool request_stands = !lives_by_ || judge(*lives_by_).allowed();
  const bool address_stands = !leads_to_ || decide_address(rules, leads_to_->first, leads_to_->second).allowed();
  if (!request_stands || !address_stands) {
    reset();
  }
}

void Connection::grant(HostName name, std::uint16_t port, std::string rule) {
  grant_ = Grant{std::move(name), port, std::move(rule)};
}

Verdict Connection::judge(const EgressRequest& request) const {
  Verdict verdict = decide(state.plan.rules, request);
  const bool granted = grant_ && request.name == grant_->name && request.port == grant_->port;
  if (granted && may_be_asked(state.plan.rules, request)) {
    return {Verdict::Outcome::allowed, grant_->rule, {}};
  }
  return verdict;
}

Task<bool> Connection::read_more() {
  std::array<char, 4096> buffer;
  error_code error;
  const std::size_t count = co_await guest.async_read_some(asio::buffer(buffer), into(error));
  touch();
  received.append(buffer.data(), count);
  co_return !error && count > 0;
}

Task<bool> Connection::wait_for_bytes(std::chrono::milliseconds limit) {
  const Alarm patience(state.io, limit, [this] {
    error_code ignored;
    guest.cancel(ignored);
  });
  error_code error;
  co_await guest.async_wait(tcp::socket::wait_read, into(error));
  co_return !error;
}

Task<bool> Connection::send_to_guest(std::string_view bytes) {
  error_code error;
  bytes_down += co_await asio::async_write(guest, asio::buffer(bytes.data(), bytes.size()), into(error));
  touch();
  co_return !error;
}

Task<void> Connection::close_gently() {
  constexpr int most_reads = 64;
  error_code ignored;
  guest.shutdown(tcp::socket::shutdown_send, ignored);
  limit_silence(std::chrono::seconds(1));
  for (int reads = 0; reads < most_reads && co_await read_more(); ++reads) {
    received.clear();
  }
  close();
}

void Connection::reset() {
  error_code ignored;
  guest.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

void Connection::close() {
  error_code ignored;
  guest.close(ignored);
  close_upstream();
  if (handed_over_) {
    ::shutdown(handed_over_.get(), SHUT_RDWR);
  }
}

void Connection::close_upstream() {
  error_code ignored;
  upstream.close(ignored);
}

}  // namespace agentbox
