// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "gateway/broker/broker.hpp"
#include "gateway/broker/exchange.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

namespace agentbox {
namespace broker {
namespace {

namespace asio = boost::asio;

/// Counts what there is in a session of calls or connections, however they end.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  std::size_t& count_;
};

/// One guest connection from its first request to its end.
class Server {
 public:
  Server(GuestConnection::Socket socket, BrokerState::Parts& parts)
      : parts_(parts), guest_(std::move(socket), parts.plan.limits), counted_(parts.connections_now) {}

  asio::awaitable<void> run() {
    // Not even a farewell to those above the limit: it would be one more connection that waits.
    bool open = parts_.connections_now <= parts_.plan.limits.connections;
    while (open) {
      const GuestConnection::HeadOutcome outcome = co_await guest_.read_head();
      if (outcome == GuestConnection::HeadOutcome::gone) co_return;
      if (outcome == GuestConnection::HeadOutcome::too_long) {
        co_await refuse_and_close(431, "the request's head is too long");
        co_return;
      }
      open = co_await handle(guest_.take_head());
    }
  }

 private:
  /// One request; says whether the connection can take another.
  asio::awaitable<bool> handle(std::string text) {
    const auto parsed = parse_request_head(text, parts_.plan.limits.headers);
    wipe(text);
    if (const auto* wrong = std::get_if<BadHead>(&parsed)) {
      co_await refuse_and_close(wrong->status, "the request cannot be read: " + wrong->why);
      co_return false;
    }
    const auto& head = std::get<RequestHead>(parsed);
    const Admission admission = admit(parts_.plan, head);
    bool open = false;
    if (const auto* refused = std::get_if<Refused>(&admission)) {
      open = co_await decline(head, refused->route, refused->refusal);
    } else if (std::holds_alternative<AnswerOk>(admission)) {
      open = co_await answer_ok(head);
    } else {
      open = co_await call(head, std::get<Forward>(admission));
    }
    co_return open && !head.has_token("connection", "close");
  }

  asio::awaitable<bool> answer_ok(const RequestHead& head) {
    BodyDecoder body(head.framing);
    const bool dropped = co_await guest_.drop_body(body);
    if (!dropped) co_return false;
    co_return co_await guest_.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  }

  [[nodiscard]] std::optional<Refusal> no_room(const Forward& forward, const RequestHead& head) {
    const BrokerLimits& limits = parts_.plan.limits;
    if (head.framing.kind == Framing::Kind::length && head.framing.length > limits.request_body)
      return refuse(Reason::body_too_large, fmt::format("a request may have {} bytes", limits.request_body));
    if (parts_.calls_now >= limits.calls_at_once)
      return refuse(Reason::too_many_calls, fmt::format("{} calls are under way in this session", parts_.calls_now));
    if (forward.metering == Forward::Metering::metered) return parts_.ledger.begin_call(forward.route->name);
    return std::nullopt;
  }

  asio::awaitable<bool> call(const RequestHead& head, const Forward& forward) {
    if (const auto refusal = no_room(forward, head)) co_return co_await decline(head, forward.route, *refusal);
    Exchange::Outcome outcome;
    {
      const Counted call_now(parts_.calls_now);
      idle_.reset();
      Exchange exchange(parts_, guest_, forward, head.framing);
      outcome = co_await exchange.run(std::move(upstream_));
    }
    keep(std::move(outcome.reusable));
    if (outcome.refusal) {
      note(outcome.event, *outcome.refusal);
      const bool ready = outcome.guest == Exchange::Outcome::Guest::ready;
      co_return co_await send(*outcome.refusal, forward.route, ready ? AfterRefusal::keep_open : AfterRefusal::close);
    }
    report(outcome.event);
    co_return outcome.guest == Exchange::Outcome::Guest::ready;
  }

  /// For the next call, as long as the session does not keep more of them than it can use at once.
  void keep(std::unique_ptr<UpstreamConnection> upstream) {
    if (!upstream || parts_.idle_upstreams >= parts_.plan.limits.calls_at_once) return;
    upstream_ = std::move(upstream);
    idle_.emplace(parts_.idle_upstreams);
  }

  /// A refusal before anything of the body was read.
  asio::awaitable<bool> decline(const RequestHead& head, const BrokerRoute* route, const Refusal& refusal) {
    BrokerEvent event;
    if (route != nullptr) event.provider = route->name;
    event.method = escape_untrusted(head.method, 20);
    event.path = escape_untrusted(head.target.substr(0, head.target.find('?')), 200);
    note(event, refusal);
    BodyDecoder body(head.framing);
    // Who waits for "100 Continue" does not send the body after a refusal, or may: the connection's state is not known.
    bool at_end = body.done();
    if (!at_end && head.values("expect").empty()) at_end = co_await guest_.drop_body(body);
    co_return co_await send(refusal, route, at_end ? AfterRefusal::keep_open : AfterRefusal::close);
  }

  asio::awaitable<bool> send(const Refusal& refusal, const BrokerRoute* route, AfterRefusal after) {
    const WireFormat wire = route == nullptr ? WireFormat::openai : route->wire;
    const std::string response = refusal_response(refusal, wire, after);
    const bool written = co_await guest_.write(response);
    if (written && after == AfterRefusal::close) co_await guest_.close_gently();
    co_return written&& after == AfterRefusal::keep_open;
  }

  asio::awaitable<void> refuse_and_close(int status, std::string why) {
    Refusal refusal = refuse(Reason::bad_request, std::move(why));
    refusal.status = status;
    BrokerEvent event;
    note(event, refusal);
    co_await send(refusal, nullptr, AfterRefusal::close);
  }

  void note(BrokerEvent& event, const Refusal& refusal) {
    event.refusal = to_string(refusal.reason);
    event.status = refusal.status;
    parts_.ledger.count_refusal(event.provider, refusal.reason);
    report(event);
  }

  void report(const BrokerEvent& event) {
    if (parts_.observer) parts_.observer(event);
  }

  BrokerState::Parts& parts_;
  GuestConnection guest_;
  const Counted counted_;
  std::unique_ptr<UpstreamConnection> upstream_;
  std::optional<Counted> idle_;  ///< while there is one
};

}  // namespace
}  // namespace broker

boost::asio::awaitable<void> serve_broker_connection(boost::asio::generic::stream_protocol::socket guest,
                                                     BrokerState& state) {
  broker::Server server(std::move(guest), state.parts());
  try {
    co_await server.run();
  } catch (const std::exception&) {
    // Out of memory or descriptors: this connection ends, the others go on. There is nobody to tell but the guest.
  }
}

}  // namespace agentbox
