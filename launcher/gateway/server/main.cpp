// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0

// agentbox-gateway: where all traffic of one session ends, and from where what the policy allows goes on. Started by
// the launcher (host/gateway_process.hpp) in a room of its own; everything that it may use is an inherited descriptor.
//   acceptor, serve_stream, serve_http, dns_server   the guest's side
//   dial, tunnel                                     the other side
//   control_server                                   the launcher's side
#include "core/error.hpp"
#include "gateway/host/descriptors.hpp"
#include "gateway/host/plan_memory.hpp"
#include "gateway/server/acceptor.hpp"
#include "gateway/server/control_server.hpp"
#include "gateway/server/dns_server.hpp"
#include "gateway/server/lockdown.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace agentbox {
namespace {

UniqueFd take_descriptor(int number) {
  ::fcntl(number, F_SETFD, FD_CLOEXEC);
  return UniqueFd(number);
}

/// Each guest connection takes two descriptors, and a shell's soft limit is 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

Task<void> flush_log_now_and_then(GatewayState& state) {
  asio::steady_timer timer(state.io);
  error_code error;
  while (!error) {
    timer.expires_after(std::chrono::seconds(10));
    co_await timer.async_wait(into(error));
    state.flush_log();
  }
}

/// Until the launcher has seen for itself that we are locked in. What the guest sends meanwhile waits. False when nobody is there to say so.
bool wait_for_word() {
  const UniqueFd ready = take_descriptor(GatewayDescriptors::ready);
  write_all(ready.get(), "+");
  char word = 0;
  ssize_t count = -1;
  do {
    count = ::read(ready.get(), &word, 1);
  } while (count < 0 && errno == EINTR);
  return count == 1;
}

void serve_session(int listeners) {
  // The context goes first at the end: the connections that wait in it sign off from the state.
  std::optional<GatewayState> kept;
  asio::io_context io(1);
  GatewayState& state =
      kept.emplace(io, read_plan_memory(take_descriptor(GatewayDescriptors::plan)),
                   EgressLog(take_descriptor(GatewayDescriptors::log), take_descriptor(GatewayDescriptors::older_log)));
  // A coroutine that cannot go on ends the process: a session without its gateway is offline, which is the safe side.
  const auto fatal = [](std::exception_ptr failure) {
    if (failure) {
      std::rethrow_exception(failure);
    }
  };
  for (int i = 0; i < listeners; ++i) {
    asio::co_spawn(io, accept_guests(state, take_descriptor(GatewayDescriptors::first_listener + i)), fatal);
  }
  asio::co_spawn(io, serve_dns_datagrams(state, take_descriptor(GatewayDescriptors::dns)), fatal);
  asio::co_spawn(io, serve_control(state, take_descriptor(GatewayDescriptors::control)), fatal);
  asio::co_spawn(io, flush_log_now_and_then(state), fatal);
  lock_down();
  if (!wait_for_word()) {
    return;
  }
  io.run();
  state.finish_log();
}

}  // namespace
}  // namespace agentbox

int main(int argc, char** argv) {
  agentbox::hide_from_others();
  ::signal(SIGPIPE, SIG_IGN);
  // Without this the resolver would try names below the host's own search domains, which no rule has allowed.
  ::setenv("LOCALDOMAIN", "", 1);
  agentbox::raise_descriptor_limit();
  const int listeners = argc == 2 ? std::atoi(argv[1]) : 0;
  if (listeners < 1 || listeners > 64) {
    std::fprintf(stderr, "agentbox-gateway is started by agentbox\n");
    return 2;
  }
  try {
    agentbox::serve_session(listeners);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "agentbox-gateway: %s\n", error.what());
    return 1;
  }
}
