// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "ssh/connection.hpp"
#include "support/catch.hpp"
#include "support/sshd_fixture.hpp"
#include "sys/fd_passing.hpp"
#include "sys/signals.hpp"
#include "sys/unix_socket.hpp"

#include <sys/stat.h>

#include <thread>

namespace agentbox::connect_test {

using namespace agentbox::test;
using std::chrono::milliseconds;

namespace {

std::string failure_of(const SshEndpoint& endpoint, Deadline deadline, int wait_with_fd = -1) {
  try {
    SshConnection::connect(endpoint, deadline, wait_with_fd);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::backend);
    return error.what();
  }
  return "connected";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A port on which nobody listens, for as long as the object lives.
class DeadPort {
 public:
  DeadPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    number_ = ntohs(address.sin_port);
  }
  [[nodiscard]] Port port() const { return Port(number_); }
  void start_listening() const { REQUIRE(::listen(fd_.get(), 16) == 0); }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::uint16_t number_ = 0;
};

SshEndpoint endpoint_on(Port port) {
  return SshEndpoint{.server = TcpAddress{.port = port},
                     .user = "root",
                     .host_key = generate_key_pair().public_key,
                     .private_key = generate_key_pair().private_key};
}

/// A dial socket that hands out sockets to ports of this host, one port for each caller in turn.
class DialServer {
 public:
  explicit DialServer(std::vector<Port> ports)
      : directory_(std::filesystem::temp_directory_path(), "dial"), listener_(listen_unix(path())) {
    thread_ = std::thread([this, ports = std::move(ports)] {
      for (const Port port : ports) {
        const UniqueFd caller(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const auto asked = receive_with_fds(caller.get(), 2);
        asked_ += asked ? asked->bytes : "";
        const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        to.sin_port = htons(port.number());
        (void)::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
        send_with_fds(caller.get(), "+", {socket.get()});
      }
    });
  }
  ~DialServer() { thread_.join(); }
  DialServer(const DialServer&) = delete;
  DialServer& operator=(const DialServer&) = delete;

  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "dial"; }
  /// All ports that callers asked for, as they came; once all have come.
  std::string asked() {
    thread_.join();
    thread_ = std::thread([] {});
    return asked_;
  }

 private:
  TempDir directory_;
  UniqueFd listener_;
  std::string asked_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("it connects to a real sshd and runs a command") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  CHECK(connection.run({.command = "echo hello"}).output == "hello\n");
}

// The guest of a cold boot refuses for a while, and each attempt needs a socket of its own.
TEST_CASE("through a dial socket it asks for a new connection at each attempt") {
  const SshdFixture sshd;
  const DeadPort dead;
  DialServer dial({dead.port(), dead.port(), sshd.port()});
  SshEndpoint endpoint = sshd.endpoint();
  endpoint.server = DialSocket{dial.path(), Port(22)};
  auto connection = SshConnection::connect(endpoint, soon());
  CHECK(connection.run({.command = "echo hello"}).output == "hello\n");
  CHECK(dial.asked() == std::string("\0\x16\0\x16\0\x16", 6));
}

TEST_CASE("without its network room a session is out of reach at once") {
  SshEndpoint endpoint = endpoint_on(Port(22));
  const TempDir directory(std::filesystem::temp_directory_path(), "dial");
  endpoint.server = DialSocket{directory.path() / "dial", Port(22)};
  CHECK_THROWS_AS(SshConnection::connect(endpoint, soon()), Error);
  listen_unix(directory.path() / "dial").reset();  // the file is there, nobody listens
  CHECK_THROWS_AS(SshConnection::connect(endpoint, soon()), Error);
}

// A program that took the port before QEMU did, or a guest that was swapped, must get neither commands nor keys.
TEST_CASE("another host key is refused at once") {
  const SshdFixture sshd;
  SshEndpoint endpoint = sshd.endpoint();
  endpoint.host_key = generate_key_pair().public_key;
  CHECK(contains(failure_of(endpoint, soon()), "host key"));
  CHECK(SshConnection::connect(sshd.endpoint(), soon()).run({.command = "true"}).status.success());
}

TEST_CASE("a user key that the server does not know is refused at once") {
  const SshdFixture sshd;
  SshEndpoint endpoint = sshd.endpoint();
  endpoint.private_key = generate_key_pair().private_key;
  CHECK(contains(failure_of(endpoint, soon()), "refused the session's key"));
}

// ~/.ssh/config may name a ProxyCommand for every host: it would run, and the connection would go where it says.
TEST_CASE("the user's own ssh configuration has no say") {
  const SshdFixture sshd;
  const TempDir home(std::filesystem::temp_directory_path(), "home");
  make_directories(home.path() / ".ssh");
  const auto trace = home.path() / "trace";
  write_file_atomically(home.path() / ".ssh/config",
                        "Host *\n  ProxyCommand touch " + trace.string() + "\n  Port 1\n  User nobody\n");
  const std::string before = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "/";
  ::setenv("HOME", home.path().c_str(), 1);
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  ::setenv("HOME", before.c_str(), 1);
  CHECK(connection.run({.command = "true"}).status.success());
  CHECK(!std::filesystem::exists(trace));
}

TEST_CASE("it waits for a server that does not listen yet") {
  const SshdFixture sshd;
  const DeadPort late;
  // A relay to the real sshd comes up while connect() is at it.
  std::thread listener([&] {
    std::this_thread::sleep_for(milliseconds(300));
    ::listen(late.fd(), 16);
    const UniqueFd client(::accept4(late.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    const UniqueFd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(sshd.port().number());
    ::connect(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    std::thread back([&] {
      char buffer[4096];
      for (ssize_t n; (n = ::read(server.get(), buffer, sizeof buffer)) > 0;) {
        (void)!::write(client.get(), buffer, static_cast<std::size_t>(n));
      }
      ::shutdown(client.get(), SHUT_RDWR);
    });
    char buffer[4096];
    for (ssize_t n; (n = ::read(client.get(), buffer, sizeof buffer)) > 0;) {
      (void)!::write(server.get(), buffer, static_cast<std::size_t>(n));
    }
    ::shutdown(server.get(), SHUT_RDWR);
    back.join();
  });
  {
    SshEndpoint endpoint = sshd.endpoint();
    endpoint.server = TcpAddress{.port = late.port()};
    auto connection = SshConnection::connect(endpoint, soon());
    CHECK(connection.run({.command = "echo late"}).output == "late\n");
  }
  listener.join();
}

TEST_CASE("nobody listening until the deadline is an error that says so") {
  const DeadPort dead;
  CHECK(contains(failure_of(endpoint_on(dead.port()), Clock::now() + milliseconds(400)), "Connection refused"));
}

// QEMU's port forwarding accepts while the guest still boots, and then nothing comes.
TEST_CASE("a silent server is given up at the deadline") {
  const DeadPort silent;
  silent.start_listening();
  CHECK(contains(failure_of(endpoint_on(silent.port()), Clock::now() + milliseconds(400)), "no SSH banner"));
}

TEST_CASE("a server that closes at once is tried again until the deadline") {
  const TestServer closing([](int) {});
  CHECK(contains(failure_of(endpoint_on(closing.port()), Clock::now() + milliseconds(500)), "in time"));
}

TEST_CASE("it gives up when the VM ends") {
  const DeadPort silent;
  silent.start_listening();
  PipeEnds vm = make_pipe();
  vm.write.reset();
  CHECK(contains(failure_of(endpoint_on(silent.port()), soon(), vm.read.get()), "virtual machine ended"));
  const DeadPort dead;
  CHECK(contains(failure_of(endpoint_on(dead.port()), soon(), vm.read.get()), "virtual machine ended"));
}

TEST_CASE("a signal interrupts the wait for a silent server, and the pause between attempts") {
  block_signals();
  const DeadPort silent;
  const bool accepts = GENERATE(true, false);
  if (accepts) {
    silent.start_listening();
  }
  std::thread killer([] {
    std::this_thread::sleep_for(milliseconds(150));
    ::kill(::getpid(), SIGTERM);
  });
  try {
    SshConnection::connect(endpoint_on(silent.port()), soon());
    FAIL("connected");
  } catch (const Interrupted& interrupted) {
    CHECK(interrupted.signal_number() == SIGTERM);
  }
  killer.join();
}

}  // namespace agentbox::connect_test
