// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/sys/forked.hpp"
#include "integration/wire/fake_guest.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "wire/process/frame_reader.hpp"

#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fstream>

namespace agentbox::lifecycle_test {

// What ends a room, and what it does with a peer that floods it or does not read. The VM is this test itself, with the
// raw end of the cable.

using namespace agentbox::test;

namespace {

std::string framed(const std::string& frame) {
  const auto prefix = wire::frame_prefix(static_cast<std::uint32_t>(frame.size()));
  return std::string(prefix.begin(), prefix.end()) + frame;
}

std::string bytes_of(const auto& header) { return {reinterpret_cast<const char*>(&header), sizeof header}; }

/// An Ethernet frame from the guest: a datagram to the room's DNS socket, without UDP checksum.
std::string dns_frame(const std::string& payload) {
  iphdr ip{};
  ip.version = 4;
  ip.ihl = 5;
  ip.ttl = 64;
  ip.protocol = IPPROTO_UDP;
  ip.tot_len = htons(static_cast<std::uint16_t>(sizeof(iphdr) + sizeof(udphdr) + payload.size()));
  ip.saddr = address("10.0.2.15", 0).sin_addr.s_addr;
  ip.daddr = address("10.0.2.3", 0).sin_addr.s_addr;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < sizeof ip; i += 2) {
    std::uint16_t word = 0;
    std::memcpy(&word, reinterpret_cast<const char*>(&ip) + i, sizeof word);
    sum += word;
  }
  sum = (sum & 0xffffU) + (sum >> 16U);
  ip.check = static_cast<std::uint16_t>(~(sum + (sum >> 16U)));
  udphdr udp{};
  udp.uh_sport = htons(4444);
  udp.uh_dport = htons(53);
  udp.uh_ulen = htons(static_cast<std::uint16_t>(sizeof(udphdr) + payload.size()));
  return std::string("\x52\x54\x00\xab\x0c\x02\x52\x54\x00\xab\x0c\x01\x08\x00", 14) + bytes_of(ip) + bytes_of(udp) +
         payload;
}

void send_frame(const UniqueFd& cable, const std::string& frame) {
  const std::string bytes = framed(frame);
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t count = ::send(cable.get(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (count <= 0) {
      throw std::runtime_error("the wire was cut");
    }
    at += static_cast<std::size_t>(count);
  }
}

/// One line of /proc/PID/status.
std::string status_of(pid_t pid, const std::string& key) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":\t")) {
      return line.substr(key.size() + 2);
    }
  }
  return "none";
}

}  // namespace

TEST_CASE("a room whose process is killed is gone for everybody") {
  TestRoom room;
  const UniqueFd cable = room->take_vm_end();
  ::kill(room->pid(), SIGKILL);
  REQUIRE(ends(room->pidfd()));
  CHECK(read_some(cable, 10).empty());
  CHECK_THROWS_AS(room->dial(Port(22), soon()), Error);
}

TEST_CASE("the room ends with QEMU's end of the cable") {
  TestRoom room;
  room->take_vm_end().reset();
  CHECK(ends(room->pidfd()));
}

TEST_CASE("a room that is destroyed leaves no socket file") {
  const TempDir directory(std::filesystem::temp_directory_path(), "room");
  {
    TestRoom room;  // skips where there can be none
    const auto dial = directory.path() / "dial";
    const NetworkRoom own = NetworkRoom::start({.program = AGENTBOX_WIRE_PROGRAM, .dial_socket = dial});
    CHECK(std::filesystem::exists(dial));
  }
  CHECK_FALSE(std::filesystem::exists(directory.path() / "dial"));
}

// The launcher took agentbox-wire's word for it that it had locked itself in.
TEST_CASE("a room whose walls do not stand is refused, whatever its process says") {
  const TempDir directory(std::filesystem::temp_directory_path(), "room");
  const auto program = directory.path() / "wire";
  std::ofstream(program) << "#!/usr/bin/env python3\nimport os, socket, time\nends = socket.socketpair()\n"
                         << "spaces = [os.open('/proc/self/ns/' + kind, os.O_RDONLY) for kind in ('mnt', 'ipc', 'uts')]\n"
                         << "control = socket.socket(fileno=" << wire::control_fd << ")\n"
                         << "socket.send_fds(control, [bytes([" << static_cast<int>(wire::Report::ready)
                         << "])], [end.fileno() for end in ends] + spaces)\ntime.sleep(1000)\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  std::string message;
  try {
    NetworkRoom::start({.program = program, .dial_socket = directory.path() / "dial"});
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::environment);
    message = error.what();
  }
  for (const char* wall : {"no_new_privs", "seccomp", "net namespace", "user namespace", "mnt namespace", "ipc namespace",
                           "uts namespace"}) {
    INFO(message);
    CHECK(message.find(wall) != std::string::npos);
  }
}

// A launcher that is killed runs no destructor.
TEST_CASE("the room ends with its launcher") {
  { TestRoom probe; }  // skips where there can be none
  const TempDir directory(std::filesystem::temp_directory_path(), "room");
  SocketPair handover = make_socket_pair();
  Forked launcher([&](int report) {
    NetworkRoom room = NetworkRoom::start({.program = AGENTBOX_WIRE_PROGRAM, .dial_socket = directory.path() / "dial"});
    const UniqueFd cable = room.take_vm_end();
    send_with_fds(handover.theirs.get(), "+", {cable.get(), room.pidfd()});
    report_line(report, "up");
    sleep_for_ever();
  });
  CHECK(launcher.read_line() == "up");
  auto received = receive_with_fds(handover.ours.get(), 1);
  REQUIRE(received);
  REQUIRE(received->fds.size() == 2);
  launcher.kill();
  CHECK(ends(received->fds[1].get()));
}

// A guest that controls its card's driver can send what it likes; a length that QEMU would never announce comes from a
// QEMU that is no longer one.
TEST_CASE("an announced length that no frame has ends the room") {
  TestRoom room;
  const UniqueFd cable = room->take_vm_end();
  send_frame(cable, dns_frame("before"));
  const auto prefix = wire::frame_prefix(wire::longest_frame + 1);
  REQUIRE(::send(cable.get(), prefix.data(), prefix.size(), 0) == 4);
  CHECK(ends(room->pidfd()));
  CHECK(read_some(room.listeners.dns, 2000) == "before");
}

TEST_CASE("frames that make no sense are lost, and the wire goes on") {
  TestRoom room;
  const UniqueFd cable = room->take_vm_end();
  send_frame(cable, "");
  send_frame(cable, "short");
  send_frame(cable, std::string(wire::longest_frame, '\xff'));
  send_frame(cable, dns_frame("good").substr(0, 20));
  send_frame(cable, dns_frame("good"));
  CHECK(read_some(room.listeners.dns, 2000) == "good");
}

TEST_CASE("a gigabyte of frames costs no memory") {
  TestRoom room;
  const UniqueFd cable = room->take_vm_end();
  send_frame(cable, dns_frame("first"));
  CHECK(read_some(room.listeners.dns, 2000) == "first");
  const std::string memory = status_of(room->pid(), "VmRSS");
  const std::string flood = dns_frame(std::string(65000, 'x'));
  for (std::size_t sent = 0; sent < (std::size_t{1} << 30U); sent += flood.size()) {
    send_frame(cable, flood);
  }
  INFO(memory << " became " << status_of(room->pid(), "VmRSS"));
  CHECK(std::stol(status_of(room->pid(), "VmRSS")) < std::stol(memory) + 1024);  // kB
  for (std::string rest; (rest = read_some(room.listeners.dns, 66000)) != "last";) {
    if (nothing_to_read(room.listeners.dns)) {
      send_frame(cable, dns_frame("last"));
    }
  }
}

// QEMU stopped, or a guest that takes nothing from its card: what the room sends is lost, what the guest sends is not.
TEST_CASE("a VM that does not read holds up nothing") {
  TestRoom room;
  const UniqueFd cable = room->take_vm_end();
  // The room learns the guest's hardware address from its question.
  send_frame(cable,
             std::string("\xff\xff\xff\xff\xff\xff\x52\x54\x00\xab\x0c\x01\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01"
                         "\x52\x54\x00\xab\x0c\x01\x0a\x00\x02\x0f\x00\x00\x00\x00\x00\x00\x0a\x00\x02\x02",
                         42));
  send_frame(cable, dns_frame("before"));
  CHECK(read_some(room.listeners.dns, 2000) == "before");
  const std::string memory = status_of(room->pid(), "VmRSS");
  const std::string datagram(60000, 'x');
  const sockaddr_in guest = address("10.0.2.15", 4444);
  for (int i = 0; i < 2000; ++i) {
    ::sendto(room.listeners.dns.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&guest),
             sizeof guest);
  }
  send_frame(cable, dns_frame("after"));
  CHECK(read_some(room.listeners.dns, 2000) == "after");
  CHECK(std::stol(status_of(room->pid(), "VmRSS")) < std::stol(memory) + 8192);  // kB: the ring, now touched, is 4 MiB
  // What did come is whole frames still: the first is the answer to the question, 42 bytes.
  CHECK(read_some(cable, 4) == std::string("\0\0\0\x2a", 4));
}

TEST_CASE("agentbox-wire has shut itself in before any guest speaks") {
  TestRoom room;
  const pid_t pid = room->pid();
  CHECK(status_of(pid, "Seccomp") == "2");
  CHECK(status_of(pid, "NoNewPrivs") == "1");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    CHECK(status_of(pid, set) == "0000000000000000");
  }
  if (::geteuid() == 0) {  // others may not look: it is not dumpable
    const std::filesystem::path own = "/proc/" + std::to_string(pid);
    CHECK(std::filesystem::is_empty(own / "root"));
    for (const char* name : {"user", "net", "mnt", "ipc", "uts"}) {
      CHECK(std::filesystem::read_symlink(own / "ns" / name) !=
            std::filesystem::read_symlink(std::filesystem::path("/proc/self/ns") / name));
    }
  } else {
    std::error_code refused;
    (void)std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/root", refused);
    CHECK(refused);
  }
}

// The attack: another user of the host who got hold of the socket's path. Its mode keeps him out; should that fail, he
// is asked who he is.
TEST_CASE("the dial socket is for its owner's processes only") {
  if (::geteuid() != 0) {
    skip("only root can be two users");
  }
  TestRoom room;
  const auto dial = room->dial_socket(Port(22));
  struct stat info {};
  REQUIRE(::stat(dial.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600);
  REQUIRE(::chmod(dial.path.c_str(), 0666) == 0);
  REQUIRE(::chmod(room.directory().c_str(), 0755) == 0);
  Forked stranger([&](int) {
    expect(::setgid(65534) == 0 && ::setuid(65534) == 0, "become nobody");
    try {
      dial_guest(dial, soon());
    } catch (const Error& error) {
      return expect(std::string(error.what()).find("gave no connection") != std::string::npos, error.what());
    }
    expect(false, "nobody got a connection");
  });
  CHECK(stranger.wait().success());
  CHECK(room->dial(Port(22), soon()).valid());
}

TEST_CASE("callers that ask for nothing do not keep others out") {
  TestRoom room;
  std::vector<UniqueFd> silent;
  for (std::size_t i = 0; i < 3 * wire::DialDesk::places; ++i) {
    UniqueFd caller(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::strncpy(at.sun_path, (room.directory() / "dial").c_str(), sizeof at.sun_path - 1);
    REQUIRE(::connect(caller.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    silent.push_back(std::move(caller));
  }
  CHECK(room->dial(Port(22), soon()).valid());
}

TEST_CASE("a program that cannot be started is an error, not a hang") {
  const TempDir directory(std::filesystem::temp_directory_path(), "room");
  CHECK_THROWS_AS(
      NetworkRoom::start({.program = "/nonexistent/agentbox-wire", .dial_socket = directory.path() / "dial"}), Error);
  CHECK_THROWS_AS(NetworkRoom::start({.program = "/bin/true", .dial_socket = directory.path() / "dial"}), Error);
}

}  // namespace agentbox::lifecycle_test
