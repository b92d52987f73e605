// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/dns_server.hpp"

#include "core/address_label.hpp"
#include "core/error.hpp"
#include "gateway/dns/answer.hpp"
#include "gateway/server/acceptor.hpp"
#include "gateway/server/asking.hpp"
#include "gateway/server/serve.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace agentbox {
namespace {

std::string answer(GatewayState& state, std::span<const unsigned char> packet) {
  const auto judge = [&](const EgressRequest& lookup) { return judge_lookup(state, lookup); };
  DnsOutcome outcome = answer_dns(judge, state.addresses, packet);
  if (outcome.query) {
    record_lookup(state, outcome.query->name ? &*outcome.query->name : nullptr, outcome.verdict);
  }
  return std::move(outcome.reply);
}

/// One datagram and its way back. The control buffer of the question, turned round, is that of the answer.
struct Datagram {
  std::array<unsigned char, 1500> content;  ///< questions are far shorter
  sockaddr_in peer{};
  in_addr asked{};  ///< the address that the guest sent it to

  /// Bytes received, 0 for one to be skipped (truncated, or not IPv4), negative at an error.
  ssize_t receive(int fd);
  void reply(int fd, const std::string& text);
};

ssize_t Datagram::receive(int fd) {
  alignas(cmsghdr) std::array<char, 256> control;
  iovec part{content.data(), content.size()};
  msghdr message{};
  message.msg_name = &peer;
  message.msg_namelen = sizeof peer;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t count = ::recvmsg(fd, &message, MSG_DONTWAIT);
  if (count < 0) {
    return count;
  }
  asked = {};
  for (cmsghdr* field = CMSG_FIRSTHDR(&message); field != nullptr; field = CMSG_NXTHDR(&message, field)) {
    if (field->cmsg_level == SOL_IP && field->cmsg_type == IP_ORIGDSTADDR) {
      sockaddr_in original{};
      std::memcpy(&original, CMSG_DATA(field), sizeof original);
      asked = original.sin_addr;
    }
  }
  return (message.msg_flags & MSG_TRUNC) != 0 || peer.sin_family != AF_INET ? 0 : count;
}

void Datagram::reply(int fd, const std::string& text) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_name = &peer;
  message.msg_namelen = sizeof peer;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (asked.s_addr != 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* field = CMSG_FIRSTHDR(&message);
    field->cmsg_level = SOL_IP;
    field->cmsg_type = IP_PKTINFO;
    field->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo info{};
    info.ipi_spec_dst = asked;
    std::memcpy(CMSG_DATA(field), &info, sizeof info);
  }
  // A datagram that does not fit is lost, as datagrams are; the guest asks again.
  [[maybe_unused]] const ssize_t ignored = ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// The questions that agentbox-wire hands over: the labels in front go back as they came.
void answer_wire(GatewayState& state, int fd) {
  constexpr std::size_t labels = 2 * address_label_size;
  std::array<char, 1500 + labels> message;
  const ssize_t count = ::recv(fd, message.data(), message.size(), MSG_DONTWAIT | MSG_TRUNC);
  if (count <= static_cast<ssize_t>(labels) || count > static_cast<ssize_t>(message.size())) {
    return;
  }
  const std::size_t length = static_cast<std::size_t>(count) - labels;
  const std::string reply = answer(state, {reinterpret_cast<const unsigned char*>(message.data()) + labels, length});
  if (!reply.empty()) {
    const std::string text = std::string(message.data(), labels) + reply;
    [[maybe_unused]] const ssize_t ignored = ::send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

Task<void> serve_dns_of_wire(GatewayState& state, UniqueFd socket) {
  asio::posix::stream_descriptor descriptor(state.io, socket.release());
  error_code error;
  while (!error) {
    co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read, into(error));
    char byte = 0;
    if (error || ::recv(descriptor.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
      co_return;
    }
    answer_wire(state, descriptor.native_handle());
  }
}

}  // namespace

Task<void> serve_dns_datagrams(GatewayState& state, UniqueFd socket) {
  if (comes_from_wire(socket)) {
    co_await serve_dns_of_wire(state, std::move(socket));
    co_return;
  }
  constexpr int at_once = 64;  // then the others of this thread have their turn
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_IP, IP_RECVORIGDSTADDR, &on, sizeof on) != 0) {
    throw system_error("cannot prepare the DNS socket");
  }
  asio::posix::stream_descriptor descriptor(state.io, socket.release());
  error_code error;
  while (!error) {
    co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read, into(error));
    for (int i = 0; i < at_once && !error; ++i) {
      Datagram datagram;
      const ssize_t count = datagram.receive(descriptor.native_handle());
      if (count < 0) {
        break;
      }
      const std::string reply = answer(state, std::span(datagram.content).first(static_cast<std::size_t>(count)));
      if (!reply.empty()) {
        datagram.reply(descriptor.native_handle(), reply);
      }
    }
  }
}

Task<void> serve_dns_stream(std::shared_ptr<Connection> connection) {
  GatewayState& state = connection->state;
  std::string& received = connection->received;
  while (true) {
    connection->limit_silence(state.limits.first_bytes);
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(received[i])); };
    const std::size_t length = received.size() < 2 ? 0 : byte(0) << 8U | byte(1);
    if (length > state.limits.dns_message) {
      co_return;
    }
    if (received.size() < 2 || received.size() < 2 + length) {
      if (!co_await connection->read_more()) {
        co_return;
      }
      continue;
    }
    std::string reply = answer(state, {reinterpret_cast<const unsigned char*>(received.data()) + 2, length});
    received.erase(0, 2 + length);
    reply.insert(0, {static_cast<char>(reply.size() >> 8U), static_cast<char>(reply.size() & 0xFFU)});
    if (reply.size() == 2 || !co_await connection->send_to_guest(reply)) {
      co_return;
    }
  }
}

}  // namespace agentbox
