// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/acceptor.hpp"

#include "core/address_label.hpp"
#include "core/error.hpp"
#include "gateway/server/serve.hpp"
#include "sys/fd_passing.hpp"

#include <sys/socket.h>

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

void serve(GatewayState& state, tcp::socket socket, const Target& original) {
  asio::co_spawn(state.io, serve_guest(state, std::move(socket), original), asio::detached);
}

Task<void> accept_from_listener(GatewayState& state, UniqueFd listener) {
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
      serve(state, std::move(socket), *original);
    }
  }
}

/// One connection that agentbox-wire hands over; no value for a message that is none. At the end of the stream: an error.
std::optional<std::pair<UniqueFd, Target>> receive_connection(int link, error_code& error) {
  try {
    auto message = receive_with_fds(link, address_label_size);
    if (!message) {
      error = asio::error::eof;
      return std::nullopt;
    }
    const auto label = read_address_label(message->bytes);
    if (!label || message->fds.size() != 1) {
      return std::nullopt;
    }
    return std::pair(std::move(message->fds.front()), Target{{}, IpAddress::v4(label->address), label->port});
  } catch (const Error&) {  // out of descriptors: the kernel has dropped that one, and its other end says so to the guest
    return std::nullopt;
  }
}

Task<void> take_from_wire(GatewayState& state, UniqueFd link) {
  asio::posix::stream_descriptor descriptor(state.io, link.release());
  error_code error;
  while (true) {
    co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read, into(error));
    if (error) {
      co_return;
    }
    auto connection = receive_connection(descriptor.native_handle(), error);
    if (error) {
      co_return;  // the wire has ended, and the VM with it
    }
    if (connection) {
      // A unix socket; what it is asked as a TCP socket is to read, write and end, which is the same.
      serve(state, tcp::socket(state.io, tcp::v4(), connection->first.release()), connection->second);
    }
  }
}

}  // namespace

bool comes_from_wire(const UniqueFd& socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

Task<void> accept_guests(GatewayState& state, UniqueFd listener) {
  if (comes_from_wire(listener)) {
    co_await take_from_wire(state, std::move(listener));
  } else {
    co_await accept_from_listener(state, std::move(listener));
  }
}

}  // namespace agentbox
