// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/held_socket.hpp"

#include "guest/fail.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace agentbox::guest {
namespace {

constexpr std::size_t most_fds = 2;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

Fd make_socket() {
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket.valid()) {
    fail("cannot make a socket");
  }
  return socket;
}

struct Packet {
  char word = 0;
  int status = 0;
} __attribute__((packed));

}  // namespace

Fd listen_for_viewers(const std::string& path) {
  Fd socket = make_socket();
  const sockaddr_un address = address_of(path);
  unlink(path.c_str());
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || chmod(path.c_str(), 0600) != 0 ||
      ::listen(socket.get(), 16) != 0) {
    fail("cannot listen at " + path);
  }
  return socket;
}

Fd reach_holder(const std::string& path) {
  Fd socket = make_socket();
  const sockaddr_un address = address_of(path);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return {};
  }
  return socket;
}

void send_message(int socket, const HeldMessage& message) {
  Packet packet{static_cast<char>(message.word), message.status};
  iovec part{&packet, sizeof packet};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_fds)> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (message.fds.size() == most_fds) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * most_fds);
    const int numbers[most_fds] = {message.fds[0].get(), message.fds[1].get()};
    std::memcpy(CMSG_DATA(rights), numbers, sizeof numbers);
  }
  sendmsg(socket, &header, MSG_NOSIGNAL);  // one who is gone hears nothing
}

std::optional<HeldMessage> receive_message(int socket) {
  Packet packet;
  iovec part{&packet, sizeof packet};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_fds)> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const ssize_t count = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  HeldMessage message{.word = static_cast<HeldWord>(packet.word), .status = packet.status, .fds = {}};
  const cmsghdr* const rights = count > 0 ? CMSG_FIRSTHDR(&header) : nullptr;
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    std::array<int, most_fds> numbers{};
    const std::size_t size = rights->cmsg_len - CMSG_LEN(0);
    std::memcpy(numbers.data(), CMSG_DATA(rights), size);
    for (std::size_t i = 0; i < size / sizeof(int); ++i) {
      message.fds.emplace_back(numbers[i]);
    }
  }
  if (count != static_cast<ssize_t>(sizeof packet)) {
    return std::nullopt;
  }
  return message;
}

}  // namespace agentbox::guest
