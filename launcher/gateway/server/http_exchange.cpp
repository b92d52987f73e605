// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/http_exchange.hpp"

#include "gateway/http/body_counter.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/server/timing.hpp"

#include <vector>

namespace agentbox {
namespace {

/// The request's body, from what has been received and then from the guest.
Task<void> send_body(std::shared_ptr<Connection> connection, HttpBody body) {
  BodyCounter counter(body);
  error_code error;
  while (!counter.done()) {
    if (connection->received.empty() && !co_await connection->read_more()) {
      connection->close();
      co_return;
    }
    const std::size_t count = counter.consume(connection->received);
    co_await asio::async_write(connection->upstream, asio::buffer(connection->received.data(), count), into(error));
    connection->received.erase(0, count);
    connection->bytes_up += error ? 0 : count;
    if (error || counter.malformed()) {
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
    if (head == nullptr) {
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
  if (connection.guest.is_open()) {
    co_await answer_and_close(connection, 502, "upstream_failed",
                              "agentbox: the server hung up or does not speak HTTP");
  }
  co_return AfterAnswer::close;
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
  bool body_sent = head.body.kind == HttpBody::Kind::none;
  std::optional<Beside> body;
  if (!body_sent) {
    body.emplace(connection->state.io, send_body(connection, head.body));
  }
  const AfterAnswer after = co_await send_answer(*connection, head, early);
  if (body) {
    if (after == AfterAnswer::close) {
      connection->close();
    }
    co_await body->ended();
  }
  co_return connection->guest.is_open() ? after : AfterAnswer::close;
}

}  // namespace agentbox
