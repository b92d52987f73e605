// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// A real agentbox-gateway on loopback. Synthetic addresses are 127.64.0.N here, so that the kernel delivers connections
// to them without any namespace; the far end is a server of the test's own on 127.9.9.9, which hosts(5) gives names to.

#include "gateway/host/gateway_process.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace agentbox::test {

inline constexpr const char* kFarAddress = "127.9.9.9";
inline constexpr const char* kGatewayAddress = "127.0.2.2";

inline sockaddr_in socket_address(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  REQUIRE(::inet_pton(AF_INET, address.c_str(), &result.sin_addr) == 1);
  return result;
}

inline UniqueFd bound_socket(int type, const std::string& address, std::uint16_t port) {
  UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in where = socket_address(address, port);
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
  if (type == SOCK_STREAM) REQUIRE(::listen(fd.get(), 2048) == 0);
  return fd;
}

inline std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

inline void require_rooms() {
  const ProcessSpec spec{.argv = {"bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "true"}};
  if (find_program("bwrap").empty() || !run_and_capture(spec, std::chrono::seconds(10)).status.success()) {
    skip("bubblewrap cannot make a room here");
  }
}

/// One end of a TCP connection with a patience of ten seconds for everything.
class Peer {
 public:
  explicit Peer(UniqueFd fd) : fd_(std::move(fd)) {}
  static Peer connect(const std::string& address, std::uint16_t port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in where = socket_address(address, port);
    REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    return Peer(std::move(fd));
  }
  void send(const std::string& text) const {
    [[maybe_unused]] const ssize_t count = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  void finish() const { ::shutdown(fd_.get(), SHUT_WR); }
  /// What comes until `end` is part of it, the stream ends ("<end>" is appended), is reset ("<reset>"), or nothing
  /// comes for ten seconds ("<silence>").
  [[nodiscard]] std::string read_until(const std::string& end) const {
    std::string text;
    char buffer[4096];
    while (end.empty() || text.find(end) == std::string::npos) {
      pollfd readable{fd_.get(), POLLIN, 0};
      if (::poll(&readable, 1, 10'000) != 1) return text + "<silence>";
      const ssize_t count = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (count < 0) return text + "<reset>";
      if (count == 0) return text + "<end>";
      text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
  }
  [[nodiscard]] std::string read_all() const { return read_until(""); }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

/// A server on 127.9.9.9 that handles each connection in a thread of its own and keeps count.
class FarServer {
 public:
  using Handler = std::function<void(const Peer&)>;
  explicit FarServer(Handler handler)
      : handler_(std::move(handler)), listener_(bound_socket(SOCK_STREAM, kFarAddress, 0)) {
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~FarServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : threads_) thread.join();
  }
  [[nodiscard]] std::uint16_t port() const { return port_of(listener_.get()); }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void accept_all() {
    while (true) {
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) return;
      ++connections_;
      threads_.emplace_back([this, peer = std::make_shared<Peer>(std::move(fd))] { handler_(*peer); });
    }
  }
  Handler handler_;
  UniqueFd listener_;
  std::atomic<int> connections_ = 0;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

inline void echo(const Peer& peer) {
  char buffer[4096];
  while (true) {
    const ssize_t count = ::recv(peer.fd(), buffer, sizeof buffer, 0);
    if (count <= 0) return;
    peer.send(std::string(buffer, static_cast<std::size_t>(count)));
  }
}

/// A DNS question for an A record.
inline std::string dns_question(const std::string& name) {
  std::string packet("\x12\x34\x01\x00\0\1\0\0\0\0\0\0", 12);
  std::size_t begin = 0;
  while (begin <= name.size()) {
    const auto end = std::min(name.find('.', begin), name.size());
    packet += static_cast<char>(end - begin) + name.substr(begin, end - begin);
    begin = end + 1;
  }
  return packet + std::string("\0\0\1\0\1", 5);
}

/// A TLS 1.2 ClientHello with this server name, as one record.
inline std::string client_hello(const std::string& name) {
  const auto sized = [](std::size_t bytes, const std::string& content) {
    std::string text;
    for (std::size_t i = bytes; i-- > 0;) text += static_cast<char>(content.size() >> (8 * i) & 0xFFU);
    return text + content;
  };
  const std::string zero(1, '\0');
  const std::string entry = zero + sized(2, name);
  const std::string extension = zero + zero + sized(2, sized(2, entry));
  const std::string body =
      "\3\3" + std::string(32, 'r') + zero + sized(2, "\x13\x01") + sized(1, zero) + sized(2, extension);
  return "\x16\3\1" + sized(2, "\1" + sized(3, body));
}

/// What the gateway under test is to be like.
struct GatewaySetup {
  std::vector<std::string> allow = {};
  std::vector<std::string> deny = {};
  std::vector<std::string> lan = {};
  NetworkMode mode = NetworkMode::allowlist;
  std::string hosts = "127.9.9.9 allowed.test other.test\n127.9.9.8 rebind.test\n";
  std::string resolv_conf = "nameserver 127.0.0.1\n";
  std::string nsswitch = "hosts: files\n";
  std::optional<UpstreamProxy> proxy = {};
  nlohmann::json broker = nullptr;
  std::vector<std::string> addresses = {"127.64.0.1", "127.64.0.2",
                                        "127.70.0.1"};  ///< that the guest can connect to at `port`
  std::uint16_t port = 0;
  GatewayLimits limits = {};
  enum class Serves { at_once, when_told } serves = Serves::at_once;
};

class Gateway {
 public:
  explicit Gateway(const GatewaySetup& setup) : directory_(std::filesystem::temp_directory_path(), "gw") {
    require_rooms();
    const auto etc = directory_.path() / "etc";
    make_directories(etc);
    write_file_atomically(etc / "hosts", setup.hosts);
    write_file_atomically(etc / "resolv.conf", setup.resolv_conf);
    write_file_atomically(etc / "nsswitch.conf", setup.nsswitch);
    GatewayListeners listeners;
    for (const auto& address : setup.addresses) listeners.tcp.push_back(bound_socket(SOCK_STREAM, address, setup.port));
    listeners.tcp.push_back(bound_socket(SOCK_STREAM, kGatewayAddress, 0));
    proxy_port_ = port_of(listeners.tcp.back().get());
    listeners.tcp.push_back(bound_socket(SOCK_STREAM, kGatewayAddress, 0));
    broker_port_ = port_of(listeners.tcp.back().get());
    listeners.dns = bound_socket(SOCK_DGRAM, "0.0.0.0", 0);
    dns_port_ = port_of(listeners.dns.get());
    GatewayPlan plan{.session = "s1", .policy = "test", .rules = rules(setup)};
    plan.address = IpAddress::parse(kGatewayAddress).value();
    plan.proxy_port = proxy_port_;
    plan.broker_port = broker_port_;
    plan.synthetic = {IpAddress::parse("127.64.0.0").value(), 1U << 16U};
    plan.proxy = setup.proxy;
    plan.broker = setup.broker;
    plan.limits = setup.limits;
    const GatewayPlace place{.room = {.program = AGENTBOX_GATEWAY_PROGRAM, .etc = etc}, .directory = directory_.path()};
    starting_.emplace(GatewayProcess::begin(plan, std::move(listeners), place));
    if (setup.serves == GatewaySetup::Serves::at_once) let_serve();
  }
  void let_serve() { process_.emplace(starting_->await_ready(Clock::now() + std::chrono::seconds(20))); }

  static EgressRules rules(const GatewaySetup& setup) {
    EgressRules result{.mode = setup.mode};
    for (const auto& text : setup.allow) result.allow.push_back(parse_egress_rule(text));
    for (const auto& text : setup.deny) result.deny.push_back(parse_egress_rule(text));
    for (const auto& text : setup.lan) result.lan.push_back(parse_lan_rule(text));
    return result;
  }

  /// Asks for an A record at any loopback address. The whole answer; empty when none comes, or from elsewhere.
  [[nodiscard]] std::string ask(const std::string& name, const std::string& server = "127.0.5.5") const {
    const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in where = socket_address(server, dns_port_);
    const std::string question = dns_question(name);
    ::sendto(fd.get(), question.data(), question.size(), 0, reinterpret_cast<const sockaddr*>(&where), sizeof where);
    pollfd readable{fd.get(), POLLIN, 0};
    if (::poll(&readable, 1, 10'000) != 1) return {};
    char buffer[1500];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t count = ::recvfrom(fd.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (count < 0 || from.sin_addr.s_addr != where.sin_addr.s_addr || from.sin_port != where.sin_port) return {};
    return {buffer, static_cast<std::size_t>(count)};
  }
  /// "127.64.0.1", or "code 3" and the like.
  [[nodiscard]] std::string resolve(const std::string& name) const {
    const std::string reply = ask(name);
    if (reply.size() < 12) return "no answer";
    if (const int code = reply[3] & 0x0F; code != 0) return "code " + std::to_string(code);
    if (reply[7] != 1) return "empty";
    in_addr address{};
    std::copy(reply.end() - 4, reply.end(), reinterpret_cast<char*>(&address));
    return ::inet_ntoa(address);
  }

  [[nodiscard]] GatewayProcess& process() { return *process_; }
  [[nodiscard]] std::uint16_t proxy_port() const { return proxy_port_; }
  [[nodiscard]] std::uint16_t broker_port() const { return broker_port_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }
  [[nodiscard]] std::filesystem::path socket() const { return directory_.path() / "gateway.sock"; }
  [[nodiscard]] std::string log() const { return read_file(directory_.path() / "egress.jsonl"); }
  nlohmann::json command(const nlohmann::json& line) const {
    return command_gateway(socket(), line, Clock::now() + std::chrono::seconds(10));
  }

 private:
  TempDir directory_;
  std::optional<StartingGateway> starting_;
  std::optional<GatewayProcess> process_;
  std::uint16_t proxy_port_ = 0;
  std::uint16_t broker_port_ = 0;
  std::uint16_t dns_port_ = 0;
};

/// A gateway that allows "allowed.test" on the far server's port, and nothing else.
inline GatewaySetup setup_for(const FarServer& server) {
  const std::string port = std::to_string(server.port());
  return {.allow = {"allowed.test:" + port, "rebind.test:" + port},
          .lan = {std::string(kFarAddress) + ":" + port},
          .port = server.port()};
}

}  // namespace agentbox::test
