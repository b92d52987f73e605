// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "hostile_server.hpp"
#include "support/catch.hpp"

#include <poll.h>

#include <array>
#include <fstream>

namespace agentbox::hostile_test {

#ifdef __SANITIZE_ADDRESS__
// sanitizer/allocator_interface.h, which GCC does not bring.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();  // NOLINT(bugprone-reserved-identifier)
#endif

using namespace agentbox::test;

namespace {

/// Resident memory of this process in bytes.
std::size_t memory_in_use() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// The same, without what AddressSanitizer keeps for a while of what was freed.
std::size_t memory_held() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  return memory_in_use();
#endif
}

/// Lets the channel work without reading from it until it wants nothing more, or for two seconds.
void serve_without_reading(RemoteChannel& channel) {
  for (const auto end = Clock::now() + std::chrono::seconds(2); Clock::now() < end && channel.fd() >= 0;) {
    pollfd set{channel.fd(), channel.wanted_events(), 0};
    ::poll(&set, 1, 100);
    channel.serve();
  }
}

std::string failure_of(const SshEndpoint& endpoint, Deadline deadline) {
  try {
    SshConnection::connect(endpoint, deadline);
  } catch (const Error& error) {
    return error.what();
  }
  return "connected";
}

SshEndpoint endpoint_on(const TestServer& server) {
  return SshEndpoint{.server = TcpAddress{.port = server.port()},
                     .user = "root",
                     .host_key = generate_key_pair().public_key,
                     .private_key = generate_key_pair().private_key};
}

}  // namespace

TEST_CASE("the hostile server serves an ordinary client, so that its tests mean something") {
  const HostileServer server([](ssh_session, ssh_channel channel, const std::string& command) {
    say(channel, command);
    finish(channel, 7);
  });
  const auto result = SshConnection::connect(server.endpoint(), soon()).run({.command = "hello"});
  CHECK(result.output == "hello");
  CHECK(result.status == ExitStatus::exited(7));
}

TEST_CASE("garbage for a banner, or no end of it, ends at the deadline and is not printed raw") {
  const TestServer garbage([](int fd) {
    write_all(fd, "\x1b]0;owned\a garbage\r\nSSH-9.9-\x1b[2J\r\n");
    ::pause();
  });
  const auto deadline = [] { return Clock::now() + std::chrono::milliseconds(600); };
  const std::string message = failure_of(endpoint_on(garbage), deadline());
  CHECK(message.find('\x1b') == std::string::npos);
  CHECK(message != "connected");

  const TestServer endless_line([](int fd) {
    while (true) {
      write_all(fd, std::string(4096, 'x'));
    }
  });
  CHECK(failure_of(endpoint_on(endless_line), deadline()) != "connected");

  const TestServer endless_lines([](int fd) {
    while (true) {
      write_all(fd, "not yet\r\n");
    }
  });
  const std::size_t before = memory_in_use();
  CHECK(failure_of(endpoint_on(endless_lines), deadline()) != "connected");
  CHECK(memory_in_use() - before < 16'000'000);
}

// libssh 0.10 takes data beyond the window that it granted, without a bound: a guest could fill the launcher's memory
// while the user's terminal is stalled.
TEST_CASE("a flood that ignores the window is held back by not reading it, and loses nothing") {
  constexpr std::size_t flood = 128'000'000;
  const HostileServer server([](ssh_session, ssh_channel channel, const std::string&) {
    const std::string chunk(32000, 'x');
    for (std::size_t sent = 0; sent < flood; sent += chunk.size()) {
      if (!ignore_window(channel)) {
        std::abort();
      }
      say(channel, chunk);
    }
    finish(channel, 0);
  });
  auto connection = SshConnection::connect(server.endpoint(), soon());
  const auto channel = connection.start({.command = "flood"});
  const std::size_t before = memory_held();
  serve_without_reading(*channel);
  CHECK(channel->fd() == -1);  // not to be polled: TCP holds the server back
  CHECK(channel->writable_bytes() == 0);
  CHECK(memory_held() - before < 16'000'000);

  std::size_t total = 0;
  while (!channel->output_finished() && !channel->connection_lost()) {
    const std::string part = channel->read_stdout(65536);
    total += part.size();
    if (part.empty()) {
      pollfd set{channel->fd(), channel->wanted_events(), 0};
      ::poll(&set, 1, 1000);
    }
    channel->serve();
  }
  CHECK(total == flood);
#ifndef __SANITIZE_ADDRESS__  // which keeps freed memory for long
  CHECK(memory_held() - before < 24'000'000);
#endif
}

// While a forwarded connection holds too much, the session's socket is not read; that must not keep the connection from
// being emptied, or everything would stand still for ever.
TEST_CASE("a flood on a forwarded connection that ignores the window arrives, too") {
  constexpr std::size_t flood = 64'000'000;
  PipeEnds counted = make_pipe();
  const TestServer host([&counted](int fd) {
    std::array<char, 65536> buffer;
    std::size_t total = 0;
    for (ssize_t n; (n = ::read(fd, buffer.data(), buffer.size())) > 0;) {
      total += static_cast<std::size_t>(n);
    }
    write_all(counted.write.get(), std::to_string(total) + "\n");
  });
  const HostileServer server([](ssh_session session, ssh_channel channel, const std::string&) {
    ssh_channel forward = ssh_channel_new(session);
    ssh_channel_open_reverse_forward(forward, "127.0.0.1", 4000, "127.0.0.1", 1);
    const std::string chunk(32000, 'x');
    for (std::size_t sent = 0; sent < flood; sent += chunk.size()) {
      if (!ignore_window(forward)) {
        std::abort();
      }
      say(forward, chunk);
    }
    ssh_channel_send_eof(forward);
    ssh_channel_close(forward);
    finish(channel, 0);
  });
  auto connection = SshConnection::connect(server.endpoint(), soon());
  connection.forward_guest_port(Port(4000), host.port());
  CHECK(connection.run({.command = "flood"}).status.success());
  // The command has ended; what it left in the forward is moved by the turns of the next one.
  const auto next = connection.start({.command = "wait"});
  pollfd done{counted.read.get(), POLLIN, 0};
  const Deadline deadline = soon();
  while (::poll(&done, 1, 10) == 0 && Clock::now() < deadline) {
    next->serve();
  }
  std::array<char, 16> text{};
  CHECK(::read(counted.read.get(), text.data(), text.size() - 1) > 0);
  CHECK(std::string(text.data()) == std::to_string(flood) + "\n");
}

// Every channel that a server may open on its own is a way in: an X server, the user's keys, a port of the host.
TEST_CASE("channels that the server opens unasked are refused") {
  const HostileServer server([](ssh_session session, ssh_channel channel, const std::string&) {
    const auto attempt = [&](const std::string& name, const auto& open) {
      say(channel, name + (open(ssh_channel_new(session)) == SSH_OK ? " OPEN;" : " refused;"));
    };
    attempt("forward",
            [](ssh_channel one) { return ssh_channel_open_reverse_forward(one, "127.0.0.1", 22, "127.0.0.1", 1); });
    attempt("x11", [](ssh_channel one) { return ssh_channel_open_x11(one, "127.0.0.1", 1); });
    attempt("agent", [](ssh_channel one) { return ssh_channel_open_auth_agent(one); });
    attempt("session", [](ssh_channel one) { return ssh_channel_open_session(one); });
    attempt("direct", [](ssh_channel one) { return ssh_channel_open_forward(one, "127.0.0.1", 22, "127.0.0.1", 1); });
    finish(channel, 0);
  });
  auto connection = SshConnection::connect(server.endpoint(), soon());
  connection.forward_guest_port(Port(4000), Port(4000));  // a forward of another port gives no right to this one
  CHECK(connection.run({.command = "attack"}).output ==
        "forward refused;x11 refused;agent refused;session refused;direct refused;");
}

TEST_CASE("a server may open 64 connections to a forwarded port, no more") {
  const TestServer host([](int) { ::pause(); });
  const HostileServer server([](ssh_session session, ssh_channel channel, const std::string&) {
    int open = 0;
    for (int i = 0; i < 100; ++i) {
      ssh_channel one = ssh_channel_new(session);
      open += ssh_channel_open_reverse_forward(one, "127.0.0.1", 4000, "127.0.0.1", 1) == SSH_OK ? 1 : 0;
    }
    say(channel, std::to_string(open));
    finish(channel, 0);
  });
  auto connection = SshConnection::connect(server.endpoint(), soon());
  connection.forward_guest_port(Port(4000), host.port());
  CHECK(connection.run({.command = "attack"}).output == "64");
}

TEST_CASE("a channel that is closed without an exit status is an error, not a success") {
  const HostileServer server([](ssh_session, ssh_channel channel, const std::string&) {
    say(channel, "half");
    ssh_channel_close(channel);
  });
  auto connection = SshConnection::connect(server.endpoint(), soon());
  CHECK_THROWS_WITH(connection.run({.command = "x"}), Catch::Contains("without telling"));
}

TEST_CASE("an exit status that does not fit is no success") {
  const HostileServer server(
      [](ssh_session, ssh_channel channel, const std::string& command) { finish(channel, std::stoi(command)); });
  auto connection = SshConnection::connect(server.endpoint(), soon());
  for (const std::string code : {"256", "-1", "2147483647", "-2147483648"}) {
    CHECK(connection.run({.command = code}).status == ExitStatus::exited(255));
  }
}

TEST_CASE("a signal name of the server's own stays harmless") {
  const HostileServer server([](ssh_session, ssh_channel channel, const std::string&) {
    ssh_channel_request_send_exit_signal(channel, "\x1b[2JKILL", 0, "", "");
    ssh_channel_close(channel);
  });
  const auto result = SshConnection::connect(server.endpoint(), soon()).run({.command = "x"});
  CHECK(!result.status.success());
  CHECK(result.status.describe().find('\x1b') == std::string::npos);
}

// A freed channel that the server never closes stays in libssh, which goes on buffering what comes for it.
TEST_CASE("data for a channel that we are done with is thrown away") {
  const HostileServer server([](ssh_session, ssh_channel channel, const std::string& command) {
    if (command == "first") {
      ssh_channel_request_send_exit_status(channel, 0);
      ssh_channel_send_eof(channel);  // and no close
      return;
    }
    finish(channel, 0);
  });
  auto connection = SshConnection::connect(server.endpoint(), soon());
  CHECK(connection.run({.command = "first"}).status.success());
  CHECK(connection.run({.command = "second"}).status.success());
}

TEST_CASE("a server that never closes its channels is given up") {
  const HostileServer server([](ssh_session, ssh_channel channel, const std::string&) {
    ssh_channel_request_send_exit_status(channel, 0);
    ssh_channel_send_eof(channel);
  });
  auto connection = SshConnection::connect(server.endpoint(), soon());
  const auto run_many = [&connection] {
    for (int i = 0; i < 80; ++i) {
      connection.run({.command = "x"});
    }
  };
  CHECK_THROWS_WITH(run_many(), Catch::Contains("does not close its channels"));
}

}  // namespace agentbox::hostile_test
