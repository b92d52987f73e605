// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/asio.hpp"
#include "gateway/broker/broker.hpp"

#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <functional>

namespace agentbox {

/// What BrokerState holds. Not part of the broker's interface.
struct BrokerState::Parts {
  explicit Parts(BrokerPlan session_plan);
  Parts(const Parts&) = delete;  // the ledger refers to the plan's prices
  Parts& operator=(const Parts&) = delete;

  BrokerPlan plan;
  broker::Ledger ledger;
  boost::asio::ssl::context tls;
  std::function<void(const BrokerEvent&)> observer;
  std::size_t calls_now = 0;
  std::size_t connections_now = 0;
  std::size_t idle_upstreams = 0;  ///< kept by guest connections between two calls
};

}  // namespace agentbox
