// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/tunnel.hpp"

#include "gateway/http/message_head.hpp"
#include "gateway/server/timing.hpp"
#include "gateway/tls/client_hello.hpp"

#include <vector>

namespace agentbox {
namespace {

enum class Hidden { no, maybe, yes };

Hidden hidden_protocol(const std::string& bytes) {
  const ClientHello hello = parse_client_hello({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
  if (hello.state == ClientHello::State::need_more) {
    return Hidden::maybe;
  }
  if (hello.state != ClientHello::State::not_tls) {
    return Hidden::yes;
  }
  const HttpGuess guess = guess_http(bytes);
  return guess == HttpGuess::maybe ? Hidden::maybe : guess == HttpGuess::yes ? Hidden::yes : Hidden::no;
}

/// Holds the guest's first bytes back, however it splits them, until it is plain whether they are TLS or HTTP. When the
/// guest ends before that, they are too few to be either.
Task<Hidden> hear_late_speech(Connection& connection) {
  while (true) {
    const bool more = co_await connection.read_more();
    const Hidden hidden = hidden_protocol(connection.received);
    if (!more || hidden != Hidden::maybe) {
      co_return hidden;
    }
  }
}

Task<void> guest_to_upstream(std::shared_ptr<Connection> connection, GuestSpeech speech) {
  if (speech == GuestSpeech::unheard) {
    const Hidden hidden = co_await hear_late_speech(*connection);
    if (hidden == Hidden::yes) {
      connection->reset();
      co_return;
    }
  }
  std::vector<char> buffer(connection->state.limits.tunnel_buffer);
  error_code error;
  std::string first = std::exchange(connection->received, {});
  while (!error) {
    std::string_view chunk = first;
    if (chunk.empty()) {
      const std::size_t count = co_await connection->guest.async_read_some(asio::buffer(buffer), into(error));
      chunk = {buffer.data(), count};
    }
    if (error) {
      break;
    }
    connection->touch();
    co_await asio::async_write(connection->upstream, asio::buffer(chunk.data(), chunk.size()), into(error));
    connection->bytes_up += error ? 0 : chunk.size();
    first.clear();
  }
  if (error == asio::error::eof) {
    connection->upstream.shutdown(tcp::socket::shutdown_send, error);
  } else {
    connection->close();
  }
}

Task<void> upstream_to_guest(std::shared_ptr<Connection> connection) {
  std::vector<char> buffer(connection->state.limits.tunnel_buffer);
  error_code error;
  while (!error) {
    const std::size_t count = co_await connection->upstream.async_read_some(asio::buffer(buffer), into(error));
    connection->touch();
    if (!error && !co_await connection->send_to_guest({buffer.data(), count})) {
      connection->close();
      co_return;
    }
  }
  if (error == asio::error::eof) {
    connection->guest.shutdown(tcp::socket::shutdown_send, error);
  } else {
    connection->close();
  }
}

}  // namespace

Task<void> tunnel(std::shared_ptr<Connection> connection, GuestSpeech speech, std::string early) {
  connection->limit_silence(connection->state.limits.idle);
  if (!early.empty() && !co_await connection->send_to_guest(early)) {
    co_return;
  }
  Beside up(connection->state.io, guest_to_upstream(connection, speech));
  co_await upstream_to_guest(connection);
  co_await up.ended();
}

}  // namespace agentbox
