// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/session_network.hpp"

#include "gateway/wipe_json.hpp"
#include "sys/environment.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace agentbox {
namespace {

constexpr std::chrono::seconds start_limit{60};  // it takes milliseconds; a loaded machine may be a thousand times slower

/// Programs look for both spellings; the lower one first, as curl does.
std::string proxy_variable(const std::string& name, const std::string& upper) {
  return host_variable(name).value_or(host_variable(upper).value_or(""));
}

GatewayPlan gateway_plan(const RunPlan& plan, const std::string& session) {
  GatewayPlan gateway{.session = session, .policy = plan.policy, .rules = plan.egress};
  gateway.proxy = upstream_proxy(proxy_variable("https_proxy", "HTTPS_PROXY"), proxy_variable("no_proxy", "NO_PROXY"));
  if (plan.broker) {
    gateway.broker = to_json(*plan.broker);
  }
  return gateway;
}

}  // namespace

StartingGateway begin_gateway(const RunPlan& plan, const std::string& session,
                              const std::filesystem::path& session_directory, RoomListeners listeners,
                              const ShippedFiles& shipped) {
  GatewayPlan gateway = gateway_plan(plan, session);
  const WipedAtEnd wiped(gateway);
  GatewayListeners sockets;
  sockets.tcp.push_back(std::move(listeners.tcp));
  sockets.dns = std::move(listeners.dns);
  const GatewayPlace place{.room = {.program = shipped.gateway_program,
                                    .certificates = host_variable("SSL_CERT_FILE").value_or(""),
                                    .kind = plan.confinement == Confinement::landlock ? GatewayRoom::Kind::landlock
                                                                                      : GatewayRoom::Kind::bubblewrap},
                           .directory = session_directory};
  return GatewayProcess::begin(gateway, std::move(sockets), place);
}

GatewayProcess await_gateway(StartingGateway starting) { return starting.await_ready(Clock::now() + start_limit); }

QuestionStream open_questions(const std::filesystem::path& session_directory) {
  return QuestionStream::open(gateway_socket(session_directory), Clock::now() + start_limit);
}

std::filesystem::path gateway_socket(const std::filesystem::path& session_directory) {
  return session_directory / "gateway.sock";
}

}  // namespace agentbox
