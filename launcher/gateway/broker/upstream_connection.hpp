// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/asio.hpp"
#include "gateway/broker/plan.hpp"
#include "gateway/broker/refusal.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

namespace agentbox::broker {

/// One connection to an upstream, with TLS where its URL says so. The certificate must be for the URL's host, by an
/// authority that the context knows; there is no way to switch that off. No proxy, no redirect, no other address.
class UpstreamConnection {
 public:
  UpstreamConnection(const boost::asio::any_io_executor& executor, boost::asio::ssl::context& tls, Upstream upstream);

  /// Resolves, connects, shakes hands. No value: it is ready.
  boost::asio::awaitable<std::optional<Refusal>> connect();
  /// All of data; false when the connection broke.
  boost::asio::awaitable<bool> write(std::string_view data);
  /// The next bytes, at least one; 0 at the end of the stream; no value when it broke, which over TLS includes an end
  /// without farewell: somebody may have cut it.
  boost::asio::awaitable<std::optional<std::size_t>> read(char* buffer, std::size_t size);

  /// Whether it can take another call: open, and the upstream has neither closed it nor said anything unasked.
  [[nodiscard]] bool is_idle();
  [[nodiscard]] bool is_open() const { return !closed_; }
  /// At once, whatever is under way; that then fails.
  void close() noexcept;

  [[nodiscard]] const Upstream& upstream() const { return upstream_; }

 private:
  boost::asio::awaitable<std::optional<Refusal>> shake_hands();
  std::size_t read_ready(char* bytes, std::size_t size);
  [[nodiscard]] Refusal unreachable(const boost::system::error_code& failure) const;

  Upstream upstream_;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  bool closed_ = false;
};

}  // namespace agentbox::broker
