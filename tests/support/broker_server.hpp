// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/broker.hpp"
#include "support/http_peers.hpp"

#include <nlohmann/json.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <thread>
#include <utility>
#include <vector>

namespace agentbox::test {

/// The broker on a loopback port, in a thread of its own, as the gateway runs it: one thread, all connections.
class BrokerServer {
 public:
  explicit BrokerServer(BrokerPlan plan)
      : state_(std::move(plan)), acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}) {
    port_ = acceptor_.local_endpoint().port();
    state_.on_event([this](const BrokerEvent& event) { events_.push_back(event); });
    boost::asio::co_spawn(context_, accept_all(), boost::asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }
  BrokerServer(const BrokerServer&) = delete;
  BrokerServer& operator=(const BrokerServer&) = delete;
  ~BrokerServer() {
    context_.stop();
    thread_.join();
  }

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] Peer connect() const { return Peer(connect_to_loopback(port_)); }
  /// One request on a connection of its own; all that comes back.
  [[nodiscard]] std::string ask(const std::string& request) const {
    Peer peer = connect();
    if (!peer.send(request)) return "(gone)";
    return peer.rest();
  }

 private:
  template <class Action>
  auto on_its_thread(Action action) {
    std::promise<decltype(action())> result;
    boost::asio::post(context_, [&] { result.set_value(action()); });
    return result.get_future().get();
  }

 public:
  [[nodiscard]] nlohmann::json summary() {
    return on_its_thread([this] { return state_.summary(); });
  }
  [[nodiscard]] std::vector<BrokerEvent> events() {
    return on_its_thread([this] { return events_; });
  }

 private:
  boost::asio::awaitable<void> accept_all() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(boost::asio::use_awaitable);
      boost::asio::co_spawn(context_, serve_broker_connection(std::move(socket), state_), boost::asio::detached);
    }
  }

  BrokerState state_;
  std::vector<BrokerEvent> events_;
  boost::asio::io_context context_;  // behind the state: connections that are left are destroyed first
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace agentbox::test
