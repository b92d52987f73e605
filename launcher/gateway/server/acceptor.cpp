// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/acceptor.hpp"

#include "gateway/server/serve.hpp"

namespace agentbox {
namespace {

std::optional<Target> original_target(const tcp::socket& socket) {
  error_code error;
  const auto endpoint = socket.local_endpoint(error);
  if (error || !endpoint.address().is_v4()) {
    return std::nullopt;
  }
  return Target{{}, IpAddress::v4(endpoint.address().to_v4().to_uint()), endpoint.port()};
}

}  // namespace

Task<void> accept_guests(GatewayState& state, UniqueFd listener) {
  tcp::acceptor acceptor(state.io, tcp::v4(), listener.release());
  asio::steady_timer pause(state.io);
  while (true) {
    error_code error;
    tcp::socket socket(state.io);
    co_await acceptor.async_accept(socket, into(error));
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
      co_return;
    }
    if (error) {  // out of descriptors or memory: the queue waits until connections have ended, and must not spin
                  // meanwhile
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(into(error));
      continue;
    }
    const auto original = original_target(socket);
    if (original) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      asio::co_spawn(state.io, serve_guest(state, std::move(socket), *original), asio::detached);
    }
  }
}

}  // namespace agentbox
