// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/http_exchange.hpp"

#include "gateway/http/body_counter.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/server/timing.hpp"

#include <vector>

namespace agentbox {
namespace {

/// The request's body, from what has been received and then from the guest. Ends with upstream closed when not all of
/// it went up; nothing else is closed then unless the guest is at fault.
Task<void> send_body(std::shared_ptr<Connection> connection, HttpBody body) {
  BodyCounter counter(body);
  error_code error;
  while (!counter.done()) {
    if (connection->received.empty() && !co_await connection->read_more()) {
      if (connection->upstream.is_open()) {  // else we were told to stop: the guest is still to be answered
        connection->close();
      }
      co_return;
    }
    // Our own bytes: whoever else touches `received` while the write waits for a slow server must not reach them.
    std::string piece = std::exchange(connection->received, {});
    const std::size_t count = counter.consume(piece);
    co_await asio::async_write(connection->upstream, asio::buffer(piece.data(), count), into(error));
    connection->received.insert(0, piece, count, std::string::npos);
    if (error) {
      connection->close_upstream();
      co_return;
    }
    connection->bytes_up += count;
    if (counter.malformed()) {
      connection->close();
      co_return;
    }
  }
}

/// Copies answers to the guest: interim ones (1xx), then the one. `answer` holds what has been read behind an earlier
/// one.
Task<AfterAnswer> send_answer(Connection& connection, const RequestHead& request, std::string& answer) {
  std::vector<char> buffer(connection.state.limits.tunnel_buffer);
  error_code error;
  while (true) {
    auto parsed = parse_response_head(answer, connection.state.limits.http_head);
    if (std::holds_alternative<HttpNeedMore>(parsed)) {
      const std::size_t count = co_await connection.upstream.async_read_some(asio::buffer(buffer), into(error));
      connection.touch();
      if (error) {
        break;
      }
      answer.append(buffer.data(), count);
      continue;
    }
    const auto* head = std::get_if<ResponseHead>(&parsed);
    if (head == nullptr || (head->status == 101 && !request.wants_upgrade())) {
      break;
    }
    const ResponseHead response = *head;
    const bool bodiless = request.method == "HEAD";
    BodyCounter counter(bodiless ? HttpBody{} : response.body);
    std::size_t ready = response.size + counter.consume(std::string_view(answer).substr(response.size));
    while (true) {
      if (!co_await connection.send_to_guest(std::string_view(answer).substr(0, ready))) {
        co_return AfterAnswer::close;
      }
      answer.erase(0, ready);
      if (counter.done()) {
        break;
      }
      if (counter.malformed()) {  // the server's own affair; but where this answer ends is not known any more
        counter = BodyCounter(HttpBody{HttpBody::Kind::until_close, 0});
      }
      const std::size_t count = co_await connection.upstream.async_read_some(asio::buffer(buffer), into(error));
      connection.touch();
      if (error) {
        co_return AfterAnswer::close;
      }
      answer.append(buffer.data(), count);
      ready = counter.consume(answer);
    }
    if (response.status == 101) {
      co_return AfterAnswer::tunnel;
    }
    if (response.status >= 200) {
      co_return response.keeps_alive() && request.keeps_alive() ? AfterAnswer::next_request : AfterAnswer::close;
    }
  }
  co_return AfterAnswer::failed;
}

/// The body is still being read from the guest, and a gentle close reads, too: never both.
Task<void> stop_body(Connection& connection, Beside& body) {
  connection.close_upstream();
  error_code ignored;
  if (connection.guest.is_open()) {
    connection.guest.cancel(ignored);
  }
  co_await body.ended();
}

}  // namespace

Task<void> answer_and_close(Connection& connection, unsigned status, const char* type, std::string message) {
  const std::string answer = http_refusal(status, type, message);
  co_await connection.send_to_guest(answer);
  co_await connection.close_gently();
}

Task<AfterAnswer> exchange(std::shared_ptr<Connection> connection, RequestHead head, std::string outgoing,
                           std::string& early) {
  connection->limit_silence(connection->state.limits.idle);
  error_code error;
  connection->bytes_up += co_await asio::async_write(connection->upstream, asio::buffer(outgoing), into(error));
  if (error) {
    co_await answer_and_close(*connection, 502, "upstream_failed", "agentbox: the server hung up");
    co_return AfterAnswer::close;
  }
  std::optional<Beside> body;
  if (head.body.kind != HttpBody::Kind::none) {
    body.emplace(connection->state.io, send_body(connection, head.body));
  }
  const AfterAnswer after = co_await send_answer(*connection, head, early);
  if (after == AfterAnswer::failed) {
    if (body) {
      co_await stop_body(*connection, *body);
    }
    if (connection->guest.is_open()) {
      co_await answer_and_close(*connection, 502, "upstream_failed",
                                "agentbox: the server hung up or does not speak HTTP");
    }
    co_return AfterAnswer::close;
  }
  if (body) {
    if (after == AfterAnswer::close) {
      connection->close();
    }
    co_await body->ended();
  }
  // Without upstream the body is in part still to come, and would be read as the next request.
  co_return connection->guest.is_open() && connection->upstream.is_open() ? after : AfterAnswer::close;
}

}  // namespace agentbox
