// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "integration/vm/vm_support.hpp"
#include "support/catch.hpp"
#include "sys/unix_socket.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>

/// For tests that run probe.py where QEMU would run: what is there to be found, and what the probe says that it found.
namespace agentbox::test {

using Names = std::set<std::string>;

/// What stands on the host that nobody in the room should reach.
class Surroundings {
 public:
  explicit Surroundings(const VmTest& test) : outside(test.path() / "outside"), template_file(test.path() / "ram") {
    std::filesystem::create_directories(outside);
    for (const char* name : {"secret", "victim", "removable"}) {
      write_file_atomically(outside / name, "the user's");
    }
    write_file_atomically(template_file, "ram");
    std::filesystem::create_symlink(outside / "secret", test.workspace() / "link");
    unix_socket = listen_unix(outside / "sock");
    sockaddr_in loopback{};
    loopback.sin_family = AF_INET;
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof loopback;
    REQUIRE(::bind(tcp.get(), reinterpret_cast<sockaddr*>(&loopback), size) == 0);
    REQUIRE(::listen(tcp.get(), 8) == 0);
    REQUIRE(::getsockname(tcp.get(), reinterpret_cast<sockaddr*>(&loopback), &size) == 0);
    port = ntohs(loopback.sin_port);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    abstract_name = "agentbox-test-" + std::to_string(::getpid());
    std::copy(abstract_name.begin(), abstract_name.end(), name.sun_path + 1);
    REQUIRE(::bind(abstract.get(), reinterpret_cast<sockaddr*>(&name),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + abstract_name.size())) == 0);
    REQUIRE(::listen(abstract.get(), 8) == 0);
  }

  std::filesystem::path outside;
  std::filesystem::path template_file;
  UniqueFd unix_socket;
  UniqueFd tcp{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  UniqueFd abstract{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t port = 0;
  std::string abstract_name;
  ChildProcess peer = ChildProcess::spawn({.argv = {"sleep", "600"}});
};

/// What worked; the probe must have come to its end.
inline Names worked(const Captured& result) {
  INFO(result.output + result.error_output);
  const auto lines = split(trim(result.output), '\n');
  Names names(lines.begin(), lines.end());
  REQUIRE(names.erase("done") == 1);
  return names;
}

inline Names without(const Names& all, const Names& known) {
  Names rest;
  std::ranges::set_difference(all, known, std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace agentbox::test
