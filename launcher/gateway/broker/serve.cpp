// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "gateway/broker/broker.hpp"
#include "gateway/broker/exchange.hpp"
#include "gateway/broker/git/inspect_push.hpp"

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
      open = co_await decline(head, refused->route, refused->refusal, refused->subject);
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
    const std::uint64_t most = largest_body(forward, limits);
    if (head.framing.kind == Framing::Kind::length && head.framing.length > most)
      return refuse(Reason::body_too_large, fmt::format("a request may have {} bytes", most));
    if (parts_.calls_now >= limits.calls_at_once)
      return refuse(Reason::too_many_calls, fmt::format("{} calls are under way in this session", parts_.calls_now));
    if (forward.metering == Forward::Metering::metered) return parts_.ledger.begin_call(forward.route->name);
    return std::nullopt;
  }

  asio::awaitable<bool> call(const RequestHead& head, const Forward& forward) {
    const std::string subject = forward.git ? forward.git->repository : "";
    if (const auto refusal = no_room(forward, head))
      co_return co_await decline(head, forward.route, *refusal, subject);
    const Counted call_now(parts_.calls_now);
    if (forward.git && forward.git->pushes() && forward.git->step == GitRequest::Step::call)
      co_return co_await push(head, forward);
    co_return co_await exchange(forward, RequestBody(head.framing), "");
  }

  /// A git push, whose body is looked into first.
  asio::awaitable<bool> push(const RequestHead& head, Forward forward) {
    if (forward.expect == Forward::Expect::go_ahead && !co_await guest_.write("HTTP/1.1 100 Continue\r\n\r\n"))
      co_return false;
    forward.expect = Forward::Expect::nothing;
    InspectedPush inspected = co_await inspect_push(guest_, forward, RequestBody(head.framing));
    if (inspected.guest == InspectedPush::Guest::gone) co_return false;
    if (!inspected.refusal) co_return co_await exchange(forward, std::move(inspected.body), inspected.refs);
    BrokerEvent event = event_of(head, forward.route, forward.git->repository);
    event.action = forward.git->action() + " " + inspected.refs;
    event.request_bytes = inspected.body.begun.size();
    note(event, *inspected.refusal);
    // All of it is taken first: git's client reads no answer before it has sent everything.
    if (!co_await guest_.drop_body(inspected.body.decoder, parts_.plan.limits.push_body)) co_return false;
    if (inspected.report.empty()) co_return co_await send(*inspected.refusal, forward.route->wire, AfterRefusal::keep_open);
    co_return co_await guest_.write(
        fmt::format("HTTP/1.1 200 OK\r\ncontent-type: application/x-git-receive-pack-result\r\ncontent-length: {}\r\n"
                    "cache-control: no-cache\r\nx-agentbox-refusal: {}\r\n\r\n{}",
                    inspected.report.size(), to_string(inspected.refusal->reason), inspected.report));
  }

  /// refs: that a git push changes, for the log.
  asio::awaitable<bool> exchange(const Forward& forward, RequestBody body, const std::string& refs) {
    Exchange::Outcome outcome;
    {
      idle_.reset();
      Exchange one(parts_, guest_, forward, std::move(body));
      outcome = co_await one.run(std::move(upstream_));
    }
    if (!refs.empty()) outcome.event.action += " " + refs;
    keep(std::move(outcome.reusable));
    if (outcome.refusal) {
      note(outcome.event, *outcome.refusal);
      const bool ready = outcome.guest == Exchange::Outcome::Guest::ready;
      co_return co_await send(*outcome.refusal, forward.route->wire, ready ? AfterRefusal::keep_open : AfterRefusal::close);
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
  asio::awaitable<bool> decline(const RequestHead& head, const BrokerRoute* route, const Refusal& refusal,
                                const std::string& subject) {
    BrokerEvent event = event_of(head, route, subject);
    note(event, refusal);
    BodyDecoder body(head.framing);
    // Who waits for "100 Continue" does not send the body after a refusal, or may: the connection's state is not known.
    bool at_end = body.done();
    if (!at_end && head.values("expect").empty()) at_end = co_await guest_.drop_body(body);
    co_return co_await send(refusal, wire_for(head, route), at_end ? AfterRefusal::keep_open : AfterRefusal::close);
  }

  static BrokerEvent event_of(const RequestHead& head, const BrokerRoute* route, const std::string& subject) {
    BrokerEvent event;
    if (route != nullptr) event.provider = route->name;
    event.method = escape_untrusted(head.method, 20);
    event.path = escape_untrusted(head.target.substr(0, head.target.find('?')), 200);
    event.subject = escape_untrusted(subject, 200);
    return event;
  }

  /// How the client wants to be told. One without a route is known by its path alone.
  static WireFormat wire_for(const RequestHead& head, const BrokerRoute* route) {
    if (route != nullptr) return route->wire;
    return head.target.starts_with("/git/") ? WireFormat::git : WireFormat::openai;
  }

  asio::awaitable<bool> send(const Refusal& refusal, WireFormat wire, AfterRefusal after) {
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
    co_await send(refusal, WireFormat::openai, AfterRefusal::close);
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
