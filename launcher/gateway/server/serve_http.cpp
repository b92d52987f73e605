// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/message_head.hpp"
#include "gateway/http/request_target.hpp"
#include "gateway/server/asking.hpp"
#include "gateway/server/dial.hpp"
#include "gateway/server/http_exchange.hpp"
#include "gateway/server/serve.hpp"
#include "gateway/server/timing.hpp"
#include "gateway/server/tunnel.hpp"

#include <sys/socket.h>

namespace agentbox {
namespace {

using Clock = Connection::Clock;

/// The next request of this connection, or none when there is no more to serve (the guest has been told if need be).
Task<std::optional<RequestHead>> read_request(Connection& connection) {
  const GatewayLimits& limits = connection.state.limits;
  connection.limit_silence(limits.keep_alive);
  if (connection.received.empty() && !co_await connection.read_more()) {
    co_return std::nullopt;
  }
  // The whole head has one time, not each of its bytes: a guest that sends one a second holds nothing for long. The
  // silence must not end first: it would close the connection without an answer.
  connection.limit_silence(2 * limits.http_head_time);
  bool late = false;
  const Alarm deadline(connection.state.io, limits.http_head_time, [&] {
    late = true;
    error_code ignored;
    connection.guest.cancel(ignored);
  });
  while (true) {
    auto parsed = parse_request_head(connection.received, limits.http_head);
    if (auto* head = std::get_if<RequestHead>(&parsed)) {
      connection.received.erase(0, head->size);
      co_return std::move(*head);
    }
    if (const auto* problem = std::get_if<HttpProblem>(&parsed)) {
      co_await answer_and_close(connection, problem->status, "bad_request", "agentbox: " + std::string(problem->text));
      co_return std::nullopt;
    }
    if (!co_await connection.read_more()) {
      if (late) {
        co_await answer_and_close(connection, 408, "request_timeout", "agentbox: the request's head took too long");
      }
      co_return std::nullopt;
    }
  }
}

/// 200 for a CONNECT that is allowed by name; what is inside is judged as any other connection to that name.
Task<void> serve_connect(std::shared_ptr<Connection> connection, RequestHead head) {
  const auto target = parse_target(head.target, 0);
  const auto host = head.host.empty() ? target : parse_target(head.host, target ? target->port : std::uint16_t{0});
  if (!target || target->port == 0 || !host || host->name != target->name || host->address != target->address ||
      head.body.kind != HttpBody::Kind::none) {
    co_await answer_and_close(*connection, 400, "bad_request",
                              "agentbox: CONNECT needs one HOST:PORT, and a Host that agrees");
    co_return;
  }
  const GatewayState& state = connection->state;
  const EgressRequest request = target->request(EgressKind::stream);
  Verdict verdict = connection->judge(request);
  // A port that only a rule with paths allows may still carry plain HTTP inside: that is judged request by request.
  const bool http_inside = target->name && target->port == 80 && verdict.rule == "no rule" &&
                           decide(state.plan.rules, target->request(EgressKind::lookup)).allowed();
  if (!http_inside) {
    verdict = co_await judge_or_ask(connection, request);
  }
  if (!verdict.allowed() && !http_inside) {
    record_connection(*connection, "connect", *target, "refused", verdict.rule, {}, Clock::now());
    co_await answer_and_close(*connection, 403, "egress_refused", state.explain(*target, verdict));
    co_return;
  }
  if (co_await connection->send_to_guest("HTTP/1.1 200 Connection established\r\n\r\n")) {
    connection->bytes_down = 0;  // our own words
    co_await serve_stream(connection, *target);
  }
}

/// A server may end a kept connection between two requests; then the next one gets a new connection.
bool has_hung_up(tcp::socket& socket) {
  char byte = 0;
  return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/// Connects to the request's target unless that is where the connection leads already. False: the guest has been told.
Task<bool> reach(Connection& connection, const Target& target, const Verdict& verdict, std::string& dialled) {
  if (connection.upstream.is_open() && !has_hung_up(connection.upstream)) {
    co_return true;
  }
  const auto since = Clock::now();
  const DialOutcome outcome = co_await dial(connection, target);
  dialled = outcome.address;
  if (outcome.kind == DialOutcome::Kind::connected) {
    co_return true;
  }
  const bool by_rule = outcome.kind == DialOutcome::Kind::refused;
  record_connection(connection, "http", target, by_rule ? "refused" : "failed",
                    by_rule ? outcome.verdict.rule : verdict.rule, outcome.address, since);
  if (connection.guest.is_open()) {
    const Verdict shown = refused(outcome.verdict.rule, by_rule ? outcome.verdict.reason : outcome.problem);
    const std::string message = connection.state.explain(target, shown);
    co_await answer_and_close(connection, by_rule ? 403 : 502, by_rule ? "egress_refused" : "upstream_failed", message);
  }
  co_return false;
}

}  // namespace

Task<void> serve_http(std::shared_ptr<Connection> connection, Target known, HttpRole role) {
  GatewayState& state = connection->state;
  std::optional<Target> connected;
  std::string answer;
  std::string dialled;
  while (auto head = co_await read_request(*connection)) {
    const auto since = Clock::now();
    if (head->method == "CONNECT" && role == HttpRole::proxy) {
      co_await serve_connect(connection, std::move(*head));
      co_return;
    }
    const auto asked = asked_target(*head, known, role);
    if (!asked || (connected && *connected != asked->target)) {
      co_await answer_and_close(
          *connection, 400, "bad_request",
          "agentbox: the request's target and Host do not agree with each other or with the connection");
      co_return;
    }
    EgressRequest request = asked->target.request(EgressKind::http);
    request.method = head->method;
    request.path = asked->path;
    Verdict verdict = co_await judge_or_ask(connection, request);
    if (verdict.allowed() && head->wants_upgrade() &&
        !connection->judge(asked->target.request(EgressKind::stream)).allowed()) {
      verdict = refused("no rule",
                        "is in the policy only for certain methods or paths, which an upgraded connection would hide");
    }
    if (!verdict.allowed()) {
      record_connection(*connection, "http", asked->target, "refused", verdict.rule, {}, since);
      co_await answer_and_close(*connection, 403, "egress_refused", state.explain(asked->target, verdict));
      co_return;
    }
    connection->lives_by(request);  // from here on: rules may change while it is dialled
    if (!co_await reach(*connection, asked->target, verdict, dialled)) {
      co_return;
    }
    connected = asked->target;
    const AfterAnswer after = co_await exchange(connection, *head, outgoing_head(*head, asked->path, role), answer);
    if (after == AfterAnswer::tunnel) {
      connection->lives_by(asked->target.request(EgressKind::stream));
      co_await tunnel(connection, GuestSpeech::judged, std::exchange(answer, {}));
    }
    record_connection(*connection, "http", asked->target, "allowed", verdict.rule, dialled, since);
    connection->lives_by(std::nullopt);  // between requests the next one is judged
    // Bytes that the server sent behind its answer belong to no request of the guest's.
    if (after != AfterAnswer::next_request || role == HttpRole::proxy || !answer.empty()) {
      connection->close();
      co_return;
    }
  }
}

}  // namespace agentbox
