// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "gateway/limits.hpp"
#include "gateway/log/egress_record.hpp"
#include "gateway/server/lockdown.hpp"
#include "support/gateway_fixture.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>
#include <thread>

namespace agentbox::process_test {

using namespace agentbox::test;

namespace {

[[maybe_unused]] std::uint64_t resident_kib(pid_t pid) {
  const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
  const auto at = status.find("VmRSS:");
  REQUIRE(at != std::string::npos);
  return std::stoull(status.substr(at + 6));
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// How many sockets of this machine wait for an answer to their SYN to the far end's port: SYN_SENT in proc(5) net/tcp.
int dials_to(std::uint16_t port) {
  std::istringstream table(read_file("/proc/net/tcp"));
  std::string number, local, remote, state, line;
  int count = 0;
  std::getline(table, line);
  while (table >> number >> local >> remote >> state && std::getline(table, line)) {
    const bool is_it = remote == fmt::format("0909097F:{:04X}", port);
    count += is_it && state == "02" ? 1 : 0;
  }
  return count;
}

bool is_echoed(const Gateway& gateway, const FarServer& server) {
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(client_hello("allowed.test"));
  return guest.read_until(client_hello("allowed.test")) == client_hello("allowed.test");
}

}  // namespace

TEST_CASE("the gateway runs behind all its walls, and the check sees a missing one") {
  const FarServer server(echo);
  Gateway gateway(setup_for(server));
  const pid_t pid = gateway.process().pid();
  CHECK(missing_walls(pid, {"user", "mnt", "pid", "ipc", "uts"}).empty());
  CHECK_FALSE(missing_walls(::getpid(), {"user"}).empty());
  CHECK(missing_walls(pid, {"net"}) ==
        std::vector<std::string>{"a net namespace of its own"});  // it dials: the one it shares
}

// What an attacker who has taken over the gateway finds: the golden list of its root.
TEST_CASE("the room holds the system and nothing of the user") {
  const FarServer server(echo);
  Gateway gateway(setup_for(server));
  const std::string root = "/proc/" + std::to_string(gateway.process().pid()) + "/root";
  std::vector<std::string> seen;
  for (const auto& entry : std::filesystem::directory_iterator(root)) seen.push_back(entry.path().filename().native());
  std::sort(seen.begin(), seen.end());
  for (const auto& name : seen) {
    INFO(name);
    const std::vector<std::string> golden{"agentbox-gateway", "bin",  "dev",  "etc", "lib", "lib32", "lib64",
                                          "libx32",           "proc", "sbin", "tmp", "usr"};
    CHECK(std::find(golden.begin(), golden.end(), name) != golden.end());
  }
  CHECK(seen.size() >= 6);
  for (const char* path : {"/etc/passwd", "/etc/shadow", "/home", "/root", "/run", "/var", "/sys"}) {
    INFO(path);
    CHECK_FALSE(std::filesystem::exists(root + path));
  }
  CHECK(std::filesystem::exists(root + "/etc/hosts"));
}

// The plan carries keys for the broker and a password for the host's proxy; bubblewrap's own processes inherit the descriptor that it came through.
TEST_CASE("the plan's secrets are in no argv, environment, file or descriptor") {
  const FarServer server(echo);
  GatewaySetup setup = setup_for(server);
  setup.proxy = UpstreamProxy{"proxy.test", 3128, "Basic sk-hidden-from-all", {}};
  Gateway gateway(setup);
  const auto content = [](const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  pid_t pid = gateway.process().pid();
  for (int generation = 0; generation < 3; ++generation) {  // the gateway, and the two of bubblewrap
    const std::filesystem::path process = "/proc/" + std::to_string(pid);
    CHECK_FALSE(content(process / "cmdline").empty());
    CHECK(content(process / "cmdline").find("sk-hidden") == std::string::npos);
    CHECK(content(process / "environ").find("sk-hidden") == std::string::npos);
    for (int fd = 3; fd < 32; ++fd) {  // of memory files only: to read a pipe here would be to wait
      const auto link = process / "fd" / std::to_string(fd);
      std::error_code none;
      if (std::filesystem::read_symlink(link, none).native().find("memfd") != std::string::npos) {
        CHECK(content(link).empty());
      }
    }
    const std::string status = content(process / "status");
    pid = std::stoi(status.substr(status.find("PPid:") + 5));
  }
  CHECK(pid == ::getpid());
  for (const auto& entry : std::filesystem::directory_iterator(gateway.directory())) {
    if (entry.is_regular_file()) CHECK(content(entry.path()).find("sk-hidden") == std::string::npos);
  }
}

TEST_CASE("rules change while the session runs, wrong ones change nothing") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  const std::string port = std::to_string(server.port());
  CHECK(gateway.resolve("other.test") == "code 3");
  gateway.command({{"command", "allow"}, {"rule", "other.test:" + port}});
  CHECK(gateway.resolve("other.test") == "127.64.0.1");
  CHECK_THROWS_AS(gateway.command({{"command", "allow"}, {"rule", "*.com"}}), Error);
  CHECK_THROWS_AS(gateway.command({{"command", "reload"}, {"rules", {{"mode", "open"}}}}), Error);
  CHECK_THROWS_AS(gateway.command({{"command", "reload"}}), Error);
  CHECK_THROWS_AS(gateway.command({{"command", "format"}}), Error);
  CHECK_THROWS_AS(gateway.command(nlohmann::json::array()), Error);
  CHECK(gateway.resolve("other.test") == "127.64.0.1");
  CHECK(gateway.command({{"command", "check"}, {"rule", "evil.test"}})["verdict"]["allowed"] == false);
  CHECK(gateway.command({{"command", "check"}, {"rule", "other.test:" + port}})["verdict"]["allowed"] == true);
}

TEST_CASE("a connection ends when the rule that it lives by is taken back, and no other") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  gateway.command({{"command", "allow"}, {"rule", "other.test:" + std::to_string(server.port())}});
  const Peer ends = Peer::connect(gateway.resolve("allowed.test"), server.port());
  ends.send(client_hello("allowed.test"));
  static_cast<void>(ends.read_until(client_hello("allowed.test")));
  const Peer stays = Peer::connect(gateway.resolve("other.test"), server.port());
  stays.send(client_hello("other.test"));
  static_cast<void>(stays.read_until(client_hello("other.test")));
  gateway.command({{"command", "deny"}, {"rule", "allowed.test"}});
  CHECK(ends.read_all() == "<reset>");
  stays.send("still here");
  CHECK(stays.read_until("still here") == "still here");
}

// The far end's queue is full, so a dial hangs: the moment at which a session is a mere wish of the guest's.
TEST_CASE("a connection that is still being dialled ends with its rule, and is not made afterwards") {
  const UniqueFd far = bound_socket(SOCK_STREAM, kFarAddress, 0);
  ::listen(far.get(), 0);
  const std::uint16_t port = port_of(far.get());
  std::vector<UniqueFd> fillers;
  while (true) {
    fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_in where = socket_address(kFarAddress, port);
    ::connect(fillers.back().get(), reinterpret_cast<const sockaddr*>(&where), sizeof where);
    pollfd connected{fillers.back().get(), POLLOUT, 0};
    if (::poll(&connected, 1, 300) == 0) break;
  }
  fillers.pop_back();
  REQUIRE_FALSE(fillers.empty());

  const Gateway gateway({.allow = {"allowed.test:" + std::to_string(port)}, .lan = {std::string(kFarAddress) + ":" + std::to_string(port)}, .port = port});
  const Peer web = Peer::connect(gateway.resolve("allowed.test"), port);
  web.send("GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n");
  const Peer tls = Peer::connect(gateway.resolve("allowed.test"), port);
  tls.send(client_hello("allowed.test"));
  for (int i = 0; i < 100 && dials_to(port) < 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  REQUIRE(dials_to(port) == 2);
  gateway.command({{"command", "deny"}, {"rule", "allowed.test"}});
  CHECK(web.read_all() == "<reset>");
  CHECK(tls.read_all() == "<reset>");
  CHECK(dials_to(port) == 0);
  for (std::size_t i = 0; i < fillers.size(); ++i) UniqueFd(::accept4(far.get(), nullptr, nullptr, SOCK_CLOEXEC)).reset();
  pollfd another{far.get(), POLLIN, 0};
  CHECK(::poll(&another, 1, 2'000) == 0);  // a SYN that went on would be repeated after a second
}

TEST_CASE("what is still open at the session's end is in the log and in the summary") {
  const FarServer server(echo);
  Gateway gateway(setup_for(server));
  const Peer open = Peer::connect(gateway.resolve("allowed.test"), server.port());
  open.send(client_hello("allowed.test"));
  static_cast<void>(open.read_until(client_hello("allowed.test")));
  for (int i = 0; i < 5; ++i) CHECK(gateway.resolve("evil.test") == "code 3");
  const EgressSummary summary = gateway.process().stop();
  CHECK(summary.bytes_up == client_hello("allowed.test").size());
  CHECK(open.read_all() == "<reset>");
  const std::string log = gateway.log();
  CHECK(log.find("\"what\":\"tls\",\"name\":\"allowed.test\"") != std::string::npos);
  CHECK(log.find("\"repeated\":4") != std::string::npos);
  CHECK_FALSE(verify_egress_log(log, first_hash()).has_value());
}

// In a child: the filter cannot be taken off again.
TEST_CASE("behind its filter the gateway makes no unix socket, starts nothing, and can still dial and resolve") {
  const pid_t child = ::fork();
  if (child == 0) {
    lock_down();
    const bool dials = ::socket(AF_INET, SOCK_STREAM, 0) >= 0 && ::socket(AF_INET6, SOCK_STREAM, 0) >= 0 &&
                       ::socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
    const bool no_unix = ::socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EAFNOSUPPORT;
    const bool no_packet = ::socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EAFNOSUPPORT;
    char* const nothing[] = {nullptr};
    const bool no_program = ::execve("/bin/true", nothing, nothing) < 0 && errno == EPERM;
    ::_exit((dials ? 0 : 1) + (no_unix ? 0 : 2) + (no_packet ? 0 : 4) + (no_program ? 0 : 8));
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("the summary and the log tell what was asked for") {
  const FarServer server(echo);
  Gateway gateway(setup_for(server));
  CHECK(is_echoed(gateway, server));
  for (int i = 0; i < 5; ++i) CHECK(gateway.resolve("evil.test") == "code 3");
  const EgressSummary summary = gateway.process().stop();
  CHECK(summary.refused == 5);
  CHECK(summary.allowed >= 1);
  REQUIRE(summary.refusals.size() == 1);
  CHECK(summary.refusals[0].to == "evil.test");
  CHECK(summary.refusals[0].count == 5);
  const std::string log = gateway.log();
  CHECK_FALSE(verify_egress_log(log, first_hash()).has_value());
  CHECK(log.find("\"name\":\"evil.test\"") != std::string::npos);
  CHECK(log.find("\"session\":\"s1\"") != std::string::npos);
}

TEST_CASE("a gateway that is killed in the middle of a request takes the network with it") {
  const FarServer server([](const Peer& peer) {
    static_cast<void>(peer.read_until("\r\n\r\n"));
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    static_cast<void>(peer.read_all());
  });
  Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send("GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n");
  static_cast<void>(guest.read_until("half"));
  ::kill(gateway.process().pid(), SIGKILL);
  const std::string rest = guest.read_all();
  CHECK((rest == "<reset>" || rest == "<end>"));
  pollfd ended{gateway.process().pidfd(), POLLIN, 0};
  CHECK(::poll(&ended, 1, 10'000) == 1);
  CHECK(gateway.process().stop().allowed == 0);  // no summary, no error
}

TEST_CASE("nobody is served before the launcher has looked at the gateway's walls, and who asked meanwhile waits") {
  const FarServer server(echo);
  GatewaySetup setup = setup_for(server);
  setup.serves = GatewaySetup::Serves::when_told;
  Gateway gateway(setup);
  const Peer guest = Peer::connect(kGatewayAddress, gateway.proxy_port());
  guest.send("GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  pollfd answered{guest.fd(), POLLIN, 0};
  CHECK(::poll(&answered, 1, 2000) == 0);
  CHECK(gateway.log().empty());
  gateway.let_serve();
  CHECK(guest.read_until("\r\n\r\n").starts_with("HTTP/1.1 4"));
}

TEST_CASE("a gateway that cannot start says why") {
  require_rooms();
  const TempDir directory(std::filesystem::temp_directory_path(), "gw");
  GatewayListeners listeners;
  listeners.tcp.push_back(bound_socket(SOCK_STREAM, "127.0.0.1", 0));
  listeners.dns = bound_socket(SOCK_DGRAM, "127.0.0.1", 0);
  const GatewayPlace place{.room = {.program = "/usr/bin/false"}, .directory = directory.path()};
  CHECK_THROWS_AS(GatewayProcess::start({.session = "s", .policy = "p", .rules = {}}, std::move(listeners), place,
                                        Clock::now() + std::chrono::seconds(10)),
                  Error);
}

// Slow and half-open connections cost an attacker little; they must not cost the host much.
TEST_CASE("a thousand half-open connections stay within 64 MiB, and the next guest is served") {
  raise_descriptor_limit();
  const FarServer server(echo);
  Gateway gateway(setup_for(server));
  const std::string address = gateway.resolve("allowed.test");
  std::vector<Peer> open;
  for (int i = 0; i < 1000; ++i) {
    open.push_back(Peer::connect(address, server.port()));
    if (i % 2 == 0) open.back().send("GET / HTTP/1.1\r\nHost: allowed.test\r\nX: ");
  }
  CHECK(is_echoed(gateway, server));
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(resident_kib(gateway.process().pid()) < 64 * 1024);
#endif
}

TEST_CASE("one connection too many is reset, and room is made when others end") {
  raise_descriptor_limit();
  const FarServer server(echo);
  Gateway gateway(setup_for(server));
  const std::string address = gateway.resolve("allowed.test");
  std::vector<Peer> open;
  while (open.size() < GatewayLimits{}.connections) {
    open.push_back(Peer::connect(kGatewayAddress, gateway.proxy_port()));
    open.back().send("G");
  }
  // By the same listener, whose queue is served in order.
  const Peer one_more = Peer::connect(kGatewayAddress, gateway.proxy_port());
  CHECK(one_more.read_all() == "<reset>");
  open.clear();
  bool served = false;
  for (int i = 0; i < 100 && !served; ++i) {  // the ends arrive when they arrive
    const Peer next = Peer::connect(address, server.port());
    next.send(client_hello("allowed.test"));
    served = next.read_until(client_hello("allowed.test")) == client_hello("allowed.test");
  }
  CHECK(served);
}

}  // namespace agentbox::process_test
