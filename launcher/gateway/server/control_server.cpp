// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/control_server.hpp"

#include "core/error.hpp"
#include "core/hostile_json.hpp"
#include "egress/rules_json.hpp"
#include "gateway/server/asking.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>

namespace agentbox {
namespace {

using Json = nlohmann::json;
using UnixSocket = asio::local::stream_protocol::socket;

bool is_own_user(UnixSocket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::getuid();
}

std::string text_at(const Json& request, const char* key) {
  const auto found = request.find(key);
  if (found == request.end() || !found->is_string()) {
    throw Error(ErrorKind::usage, std::string("the command needs a text \"") + key + "\"");
  }
  return found->get<std::string>();
}

Json check(const GatewayState& state, const std::string& text) {
  const auto authority = parse_authority(text);
  if (!authority) {
    throw Error(ErrorKind::usage, "write HOST or HOST:PORT");
  }
  const Target target{HostName::parse(authority->host), IpAddress::parse(authority->host),
                      authority->port.value_or(std::uint16_t{443})};
  const Verdict verdict = decide(state.plan.rules, target.request(EgressKind::stream));
  return {{"allowed", verdict.allowed()}, {"rule", verdict.rule}, {"reason", verdict.reason}};
}

Json carry_out(GatewayState& state, const Json& request) {
  const std::string command = text_at(request, "command");
  EgressRules rules = state.plan.rules;
  Json answer{{"ok", true}};
  if (command == "status" || command == "stop") {
    command == "stop" ? state.finish_log() : state.flush_log();
    answer["status"] = state.summary();
    return answer;
  }
  if (command == "questions") {
    if (!state.asking.expired()) {
      throw Error(ErrorKind::usage, "the user of this session is asked by somebody else already");
    }
    return answer;
  }
  if (command == "check") {
    answer["verdict"] = check(state, text_at(request, "rule"));
    return answer;
  }
  if (command == "allow") {
    if (rules.mode == NetworkMode::offline) {
      throw Error(ErrorKind::usage, "the session's policy has no network, which no rule changes", "reload other rules");
    }
    rules.allow.insert(rules.allow.begin(), parse_egress_rule(text_at(request, "rule")));
  } else if (command == "deny") {
    rules.deny.push_back(parse_egress_rule(text_at(request, "rule")));
  } else if (command == "reload") {
    rules = egress_rules_from_json(request.value("rules", Json()));
  } else {
    throw Error(ErrorKind::usage, "unknown command", "allow, deny, reload, check, status, questions, stop");
  }
  state.replace_rules(std::move(rules));
  return answer;
}

Json answer_line(GatewayState& state, const Json& request) {
  try {
    if (!request.is_object()) {
      return {{"error", "a line holds one JSON object"}};
    }
    return carry_out(state, request);
  } catch (const Error& error) {
    return {{"error", error.what()}, {"hint", error.hint()}};
  } catch (const Json::exception&) {
    return {{"error", "the command is not as it should be"}};
  }
}

Task<void> serve_questions(GatewayState& state, UnixSocket socket, std::string received) {
  if (!state.asking.expired()) {
    co_return;  // two of them at the same time; the other one was first
  }
  const auto asking = std::make_shared<Asking>(state, std::move(socket));
  state.asking = asking;
  co_await asking->serve(std::move(received));
  asking->end();
  state.asking.reset();
}

Task<void> serve_peer(GatewayState& state, UnixSocket socket, std::shared_ptr<int> open) {
  std::string received;
  std::array<char, 4096> buffer;
  error_code error;
  bool stop = false;
  bool asks = false;
  while (!error && !stop && !asks && received.size() <= state.limits.control_line) {
    const std::size_t count = co_await socket.async_read_some(asio::buffer(buffer), into(error));
    received.append(buffer.data(), count);
    for (auto end = received.find('\n'); end != std::string::npos && !error && !stop && !asks;
         end = received.find('\n')) {
      const Json request = parse_hostile_json(std::string_view(received).substr(0, end));
      received.erase(0, end + 1);
      stop = request.is_object() && request.value("command", Json()) == "stop";
      if (stop) {
        co_await state.end_connections();
      }
      const Json reply = answer_line(state, request);
      asks = reply.contains("ok") && request.value("command", Json()) == "questions";
      const std::string answer = reply.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
      co_await asio::async_write(socket, asio::buffer(answer), into(error));
    }
  }
  if (asks) {
    co_await serve_questions(state, std::move(socket), std::move(received));
  }
  --*open;
  if (stop) {
    state.io.stop();
  }
}

}  // namespace

Task<void> serve_control(GatewayState& state, UniqueFd listener) {
  asio::local::stream_protocol::acceptor acceptor(state.io, asio::local::stream_protocol(), listener.release());
  const auto open = std::make_shared<int>(0);
  while (true) {
    error_code error;
    UnixSocket socket(state.io);
    co_await acceptor.async_accept(socket, into(error));
    if (error == asio::error::operation_aborted) {
      co_return;
    }
    if (error) {  // out of descriptors, which the guest's connections may have taken: they end, and must find a thread
                  // that does not spin
      asio::steady_timer pause(state.io, std::chrono::milliseconds(100));
      co_await pause.async_wait(into(error));
      continue;
    }
    if (!is_own_user(socket) || *open >= static_cast<int>(state.limits.control_connections)) {
      continue;
    }
    ++*open;
    asio::co_spawn(state.io, serve_peer(state, std::move(socket), open), asio::detached);
  }
}

}  // namespace agentbox
