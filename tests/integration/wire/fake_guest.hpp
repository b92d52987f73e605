// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "support/skip.hpp"
#include "sys/fd_passing.hpp"
#include "sys/temp_dir.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"
#include "wire/network_room.hpp"
#include "wire/process/links.hpp"
#include "wire/process/namespaces.hpp"
#include "wire/process/packet_ring.hpp"
#include "wire/process/problem.hpp"
#include "wire/process/pump.hpp"
#include "wire/protocol.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>

namespace agentbox::test {

/// Long enough for a busy machine; a test that meets it has failed.
inline Deadline soon() { return Clock::now() + std::chrono::seconds(60); }

/// A network room with its directory. Where the host cannot make one, the test is skipped.
class TestRoom {
 public:
  TestRoom() : directory_(std::filesystem::temp_directory_path(), "room"), room_(start()) {
    listeners = room_.take_listeners();
  }
  [[nodiscard]] NetworkRoom& operator*() { return room_; }
  [[nodiscard]] NetworkRoom* operator->() { return &room_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

  RoomListeners listeners;

 private:
  NetworkRoom start() const {
    try {
      return NetworkRoom::start({.program = AGENTBOX_WIRE_PROGRAM, .dial_socket = directory_.path() / "dial"});
    } catch (const Error& error) {
      if (!error.hint().empty()) {  // what the host lacks; a bug of ours has no hint
        skip(error.what());
      }
      throw;
    }
  }
  TempDir directory_;
  NetworkRoom room_;
};

/// What the guest is on the wire: a network namespace of its own whose card's frames go to the room's stream socket in
/// QEMU's framing. Its kernel is a real one, with the guest's address and routes; the test gets sockets of it and uses
/// them like its own.
class FakeGuest {
 public:
  explicit FakeGuest(UniqueFd cable) {
    if (std::system("PATH=$PATH:/usr/sbin:/sbin command -v ip > /dev/null") != 0) {
      skip("there is no ip (package iproute2)");
    }
    SocketPair link = make_socket_pair();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      // What the test has open is not the guest's: a listener must be gone when the test closes it.
      const int own_cable = ::fcntl(cable.get(), F_DUPFD_CLOEXEC, 1000);
      const int own_link = ::fcntl(link.theirs.get(), F_DUPFD_CLOEXEC, 1000);
      ::close_range(3, 999, 0);
      std::_Exit(live(own_cable, own_link));
    }
    link_ = std::move(link.ours);
    link.theirs.reset();
    cable.reset();
    if (!receive_with_fds(link_.get(), 1)) {
      throw std::runtime_error("the fake guest did not come up");
    }
  }
  ~FakeGuest() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  FakeGuest(const FakeGuest&) = delete;
  FakeGuest& operator=(const FakeGuest&) = delete;

  /// socket(2) in the guest, as its root.
  [[nodiscard]] UniqueFd socket(int domain, int type, int protocol = 0) const {
    const std::array<int, 3> wanted{domain, type, protocol};
    if (!send_with_fds(link_.get(), {reinterpret_cast<const char*>(wanted.data()), sizeof wanted}, {})) {
      throw std::runtime_error("the fake guest is gone");
    }
    auto answer = receive_with_fds(link_.get(), 1);
    if (!answer || answer->fds.size() != 1) {
      throw std::runtime_error("the fake guest has no such socket");
    }
    return std::move(answer->fds.front());
  }

 private:
  static int live(int cable, int link) {
    try {
      wire::enter_namespaces();
      // The room's kernel options are fine for a guest, except that this one may speak IPv6 if it can.
      if (std::system("PATH=$PATH:/usr/sbin:/sbin; ip link add eth0 mtu 65520 address 52:54:00:ab:0c:01 type veth peer name wire0 mtu 65520 && "
                      "ip link set lo up && ip link set wire0 arp off up && ip link set eth0 up && "
                      "ip addr add 10.0.2.15/24 dev eth0 && ip route add default via 10.0.2.2") != 0) {
        return 1;
      }
      wire::compute_checksums("eth0");
      wire::PacketRing ring;
      if (::fork() == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const auto pump = std::make_unique<wire::Pump>(ring, cable, -1, -1);
        pump->run();
        std::_Exit(0);
      }
      ::close(cable);
      send_with_fds(link, "+", {});
      for (;;) {
        const auto request = receive_with_fds(link, sizeof(int) * 3);
        if (!request) {
          return 0;
        }
        std::array<int, 3> wanted;
        std::memcpy(wanted.data(), request->bytes.data(), sizeof wanted);
        const UniqueFd made(::socket(wanted[0], wanted[1] | SOCK_CLOEXEC, wanted[2]));
        send_with_fds(link, "+", {made.get()});
      }
    } catch (const std::exception& error) {
      std::fprintf(stderr, "fake guest: %s\n", error.what());
      return 1;
    }
  }

  pid_t pid_ = -1;
  UniqueFd link_;
};

inline sockaddr_in address(const char* ip, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  ::inet_pton(AF_INET, ip, &result.sin_addr);
  return result;
}

inline std::string text(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> ip{};
  ::inet_ntop(AF_INET, &address.sin_addr, ip.data(), ip.size());
  return std::string(ip.data()) + ":" + std::to_string(ntohs(address.sin_port));
}

inline int connect_to(const UniqueFd& socket, const char* ip, std::uint16_t port) {
  const sockaddr_in to = address(ip, port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 ? 0 : errno;
}

inline std::string local_name(const UniqueFd& socket) {
  sockaddr_in name{};
  socklen_t size = sizeof name;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
  return text(name);
}

inline UniqueFd accept_from(const UniqueFd& listener) {
  if (!wait_readable(listener.get(), soon())) {
    throw std::runtime_error("nobody connected");
  }
  return UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

inline bool nothing_to_read(const UniqueFd& socket) { return !wait_readable(socket.get(), Clock::now()); }

/// Reads what a peer sends, up to count bytes.
inline std::string read_some(const UniqueFd& socket, std::size_t count) {
  std::string bytes(count, '\0');
  if (!wait_readable(socket.get(), soon())) {
    throw std::runtime_error("nothing came");
  }
  const ssize_t got = ::recv(socket.get(), bytes.data(), count, 0);
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

}  // namespace agentbox::test
