// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/message_head.hpp"
#include "gateway/server/asking.hpp"
#include "gateway/server/broker_door.hpp"
#include "gateway/server/dial.hpp"
#include "gateway/server/serve.hpp"
#include "gateway/server/timing.hpp"
#include "gateway/server/tunnel.hpp"
#include "gateway/tls/client_hello.hpp"

namespace agentbox {
namespace {

using Clock = Connection::Clock;

std::span<const unsigned char> as_bytes(const std::string& text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

/// What the guest's first bytes are.
enum class Speech { tls, broken_tls, http, other, silent, gone };

struct FirstBytes {
  Speech speech = Speech::gone;
  std::optional<HostName> server_name = {};
};

/// Reads as little as it takes to know. patience: how long the guest may say nothing before it counts as silent.
Task<FirstBytes> hear_first_bytes(Connection& connection, std::chrono::milliseconds patience) {
  if (connection.received.empty() && !co_await connection.wait_for_bytes(patience)) {
    co_return FirstBytes{connection.guest.is_open() ? Speech::silent : Speech::gone};
  }
  // One time for all of it: a byte now and then does not buy more.
  const Alarm deadline(connection.state.io, connection.state.limits.first_bytes, [&connection] { connection.close(); });
  while (true) {
    const ClientHello hello = parse_client_hello(as_bytes(connection.received));
    if (hello.state == ClientHello::State::complete) {
      co_return FirstBytes{Speech::tls, hello.server_name};
    }
    if (hello.state == ClientHello::State::malformed) {
      co_return FirstBytes{Speech::broken_tls};
    }
    if (hello.state == ClientHello::State::not_tls) {
      const HttpGuess guess = guess_http(connection.received);
      if (guess != HttpGuess::maybe) {
        co_return FirstBytes{guess == HttpGuess::yes ? Speech::http : Speech::other};
      }
    }
    if (!co_await connection.read_more()) {
      co_return FirstBytes{};
    }
  }
}

Task<void> refuse(std::shared_ptr<Connection> connection, const char* what, Target target, Verdict verdict) {
  record_connection(*connection, what, target, "refused", verdict.rule, {}, Clock::now());
  if (std::string_view(what) == "tls") {
    // An alert, and an orderly end: after a reset the client might never read it.
    co_await connection->send_to_guest(access_denied_alert());
    co_await connection->close_gently();
  } else {
    connection->reset();
  }
}

Task<void> connect_through(std::shared_ptr<Connection> connection, const char* what, Target target, Verdict verdict,
                           GuestSpeech speech) {
  const auto since = Clock::now();
  connection->lives_by(target.request(EgressKind::stream));
  connection->limit_silence(connection->state.limits.idle);
  const DialOutcome outcome = co_await dial(*connection, target);
  if (outcome.kind == DialOutcome::Kind::refused) {
    co_await refuse(connection, what, target, outcome.verdict);
    co_return;
  }
  if (outcome.kind == DialOutcome::Kind::failed) {
    record_connection(*connection, what, target, "failed", outcome.problem, outcome.address, since);
    connection->reset();
    co_return;
  }
  co_await tunnel(connection, speech, outcome.early);
  record_connection(*connection, what, target, "allowed", verdict.rule, outcome.address, since);
}

Verdict judge(const Connection& connection, const Target& target) {
  return connection.judge(target.request(EgressKind::stream));
}

Task<Verdict> judge_or_ask(std::shared_ptr<Connection> connection, const Target& target) {
  const EgressRequest request = target.request(EgressKind::stream);
  co_return co_await judge_or_ask(std::move(connection), request);
}

/// TLS. A guest that named a host before (by its address, by CONNECT) must name the same one now; one that addressed a
/// number is taken by the name in its hello, and the number is forgotten.
Task<void> serve_tls(std::shared_ptr<Connection> connection, Target target, std::optional<HostName> server_name) {
  if (server_name && target.name && *server_name != *target.name) {
    const Target claimed{server_name, {}, target.port};
    co_await refuse(connection, "tls", claimed, refused("names disagree", "is not the host that was connected to"));
    co_return;
  }
  Target by_name = target;
  if (server_name && !target.name) {
    by_name = Target{server_name, {}, target.port};
  }
  if (by_name.name && !target.name && !judge(*connection, by_name).allowed() &&
      judge(*connection, target).rule.starts_with("lan ")) {
    by_name = target;  // a server that the policy opens by its number
  }
  const Verdict verdict = co_await judge_or_ask(connection, by_name);
  if (!verdict.allowed()) {
    co_await refuse(connection, "tls", by_name, verdict);
    co_return;
  }
  co_await connect_through(connection, "tls", by_name, verdict, GuestSpeech::judged);
}

Task<void> serve_other(std::shared_ptr<Connection> connection, Target target, GuestSpeech speech) {
  const Verdict verdict = co_await judge_or_ask(connection, target);
  if (!verdict.allowed()) {
    co_await refuse(connection, "tcp", target, verdict);
    co_return;
  }
  co_await connect_through(connection, "tcp", target, verdict, speech);
}

/// The synthetic address of a name becomes the name; no value for one that stands for nothing.
std::optional<Target> real_target(const GatewayState& state, const Target& original) {
  if (!state.addresses.contains(*original.address)) {
    return original;
  }
  const auto name = state.addresses.name_of(*original.address);
  return name ? std::optional(Target{name, {}, original.port}) : std::nullopt;
}

Task<void> serve_gateway_address(std::shared_ptr<Connection> connection, Target target) {
  const GatewayPlan& plan = connection->state.plan;
  if (target.port == plan.proxy_port) {
    co_await serve_http(connection, target, HttpRole::proxy);
  } else if (target.port == plan.broker_port) {
    co_await serve_broker_port(connection);
  } else {
    co_await refuse(connection, "tcp", target, refused("no service", "is the gateway, which has no such service"));
  }
}

Task<void> serve_any(std::shared_ptr<Connection> connection, Target original) {
  if (original.address == connection->state.plan.address) {
    co_await serve_gateway_address(connection, original);
  } else if (original.port == 53) {
    co_await serve_dns_stream(connection);
  } else if (const auto target = real_target(connection->state, original)) {
    co_await serve_stream(connection, *target);
  } else {
    co_await refuse(connection, "tcp", original, refused("no such name", "is an address that stands for no name"));
  }
}

}  // namespace

Task<void> serve_stream(std::shared_ptr<Connection> connection, Target target) {
  const GatewayLimits& limits = connection->state.limits;
  // On the web's ports the client always speaks first; elsewhere, silence where a rule allows the connection anyway
  // means that the server does.
  const bool web = target.port == 80 || target.port == 443;
  bool may_be_silent = false;
  if (!web) {
    const Verdict verdict = co_await judge_or_ask(connection, target);
    if (verdict.rule.starts_with("asked: ") && !verdict.allowed()) {
      co_await refuse(connection, "tcp", target, verdict);
      co_return;
    }
    may_be_silent = verdict.allowed();
  }
  connection->limit_silence(limits.first_bytes);
  const FirstBytes first = co_await hear_first_bytes(*connection, may_be_silent ? limits.silence : limits.first_bytes);
  switch (first.speech) {
    case Speech::tls:
      co_await serve_tls(connection, target, first.server_name);
      break;
    case Speech::http:
      co_await serve_http(connection, target, HttpRole::transparent);
      break;
    case Speech::other:
      // A server of the web may read more into odd first bytes than we do, and the name inside would be unseen.
      if (web && target.name) {
        co_await refuse(connection, "tcp", target, refused("not the web", "was spoken to in neither TLS nor HTTP"));
      } else {
        co_await serve_other(connection, target, GuestSpeech::judged);
      }
      break;
    case Speech::broken_tls:
      co_await refuse(connection, "tls", target, refused("malformed TLS", "was spoken to in malformed TLS"));
      break;
    case Speech::silent:
      if (may_be_silent) {
        co_await serve_other(connection, target, GuestSpeech::unheard);
      }
      break;
    case Speech::gone:
      break;
  }
}

Task<void> serve_guest(GatewayState& state, tcp::socket guest, Target original) {
  const auto connection = std::make_shared<Connection>(state, std::move(guest));
  if (state.ending() || state.connections.size() > state.limits.connections) {
    connection->reset();
    co_return;
  }
  connection->limit_silence(state.limits.first_bytes);
  try {
    co_await serve_any(connection, original);
  } catch (const std::exception&) {
    connection->reset();  // out of memory, or a bug: this connection ends, the others live
    co_return;
  }
  connection->close();
}

void record_lookup(GatewayState& state, const HostName* name, const Verdict& verdict) {
  state.record({.what = "dns",
                .name = name != nullptr ? name->text() : "?",
                .verdict = verdict.allowed() ? "allowed" : "refused",
                .rule = verdict.rule});
}

void record_connection(Connection& connection, const char* what, const Target& target, const char* verdict,
                       const std::string& rule, const std::string& address, Clock::time_point since) {
  const std::string number = address.empty() && target.address ? target.address->to_string() : address;
  connection.state.record({.what = what,
                           .name = target.name ? target.name->text() : "",
                           .address = number,
                           .port = target.port,
                           .verdict = verdict,
                           .rule = rule,
                           .bytes_up = std::exchange(connection.bytes_up, 0),
                           .bytes_down = std::exchange(connection.bytes_down, 0),
                           .duration = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since)});
}

}  // namespace agentbox
