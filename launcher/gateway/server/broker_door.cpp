// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/broker_door.hpp"

#include "gateway/broker/broker.hpp"
#include "gateway/http/refusal.hpp"

namespace agentbox {

Task<void> serve_broker_port(std::shared_ptr<Connection> connection) {
  if (connection->state.broker) {
    co_await serve_broker_connection(connection->hand_over(), *connection->state.broker);
    co_return;
  }
  const std::string answer = http_refusal(503, "no_broker", "agentbox: this session has no credential broker");
  co_await connection->send_to_guest(answer);
  co_await connection->close_gently();
}

}  // namespace agentbox
