// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/tunnel.hpp"

#include "gateway/http/message_head.hpp"
#include "gateway/server/timing.hpp"

#include <vector>

namespace agentbox {
namespace {

bool begins_like_tls(std::string_view bytes) {
  return bytes.size() >= 3 && bytes[0] == '\x16' && bytes[1] == '\x03' && bytes[2] <= '\x04';
}

Task<void> guest_to_upstream(std::shared_ptr<Connection> connection, GuestSpeech speech) {
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
    if (std::exchange(speech, GuestSpeech::judged) == GuestSpeech::unheard &&
        (begins_like_tls(chunk) || guess_http(chunk) == HttpGuess::yes)) {
      connection->reset();
      co_return;
    }
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
