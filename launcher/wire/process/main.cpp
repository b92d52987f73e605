// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0

// agentbox-wire: the far end of a VM's network cable. It makes an empty network namespace whose IPv4 stack takes every
// packet that the guest sends, hands the sockets where those end to the launcher, shuts itself in, and moves frames
// between QEMU and that namespace until either is gone. It is started by the launcher (network_room.hpp), knows no
// policy and no secret, and looks at nothing of a frame but its length. Where namespaces are refused it is told to be a
// TCP/IP stack itself (stack/), with the same ends: docs/decisions/0009.
#include "sys/fd_passing.hpp"
#include "sys/unique_fd.hpp"
#include "wire/process/links.hpp"
#include "wire/process/listeners.hpp"
#include "wire/process/namespaces.hpp"
#include "wire/process/packet_filter.hpp"
#include "wire/process/packet_ring.hpp"
#include "wire/process/problem.hpp"
#include "wire/process/pump.hpp"
#include "wire/process/stack_pump.hpp"
#include "wire/process/syscall_filter.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace agentbox;
using namespace agentbox::wire;

// All processes of a user count: while more descriptors are under way in their messages than this one may have open, its own do not go
// (unix(7), ETOOMANYREFS). That passes, and nothing tells when. A message that does not go otherwise has nobody there, and the pump ends at once.
void report(Report outcome, const std::string& text, std::initializer_list<int> fds) {
  constexpr int moment = 20;  // milliseconds
  constexpr int moments = 500;
  const std::string message = static_cast<char>(outcome) + text.substr(0, longest_report - 1);
  for (int i = 0; !send_with_fds(control_fd, message, fds) && errno == ETOOMANYREFS; ++i) {
    if (i == moments) {
      send_with_fds(control_fd, static_cast<char>(Report::failed) + std::string("too many descriptors are under way between this user's programs"), {});
      return;
    }
    ::poll(nullptr, 0, moment);
  }
}

/// For the launcher, which may not look at ours in /proc once we are not dumpable.
UniqueFd open_namespace(const std::string& kind) {
  UniqueFd space(::open(("/proc/self/ns/" + kind).c_str(), O_RDONLY | O_CLOEXEC));
  if (!space) {
    throw problem(Report::failed, "cannot open a namespace of its own");
  }
  return space;
}

[[noreturn]] void make_room_and_pump() {
  enter_namespaces();
  set_kernel_options();
  make_links();
  load_rules(room_rules());
  Listeners listeners = open_listeners();
  PacketRing ring;
  const auto pump = std::make_unique<Pump>(ring, vm_fd, control_fd, dial_fd);
  set_nonblocking(vm_fd);
  set_nonblocking(dial_fd);
  const std::array<UniqueFd, 3> spaces = {open_namespace("mnt"), open_namespace("ipc"), open_namespace("uts")};
  leave_file_system();
  give_up_rights(pump_syscall_filter(), 64);
  report(Report::ready, "",
         {listeners.tcp.get(), listeners.dns.get(), spaces[0].get(), spaces[1].get(), spaces[2].get()});
  // From here on they are the launcher's alone: when it has gone, the guest is refused.
  listeners = {};
  pump->run();
  // Not by way of return or exit(3): clean-up makes system calls that are forbidden by now.
  ::_exit(0);
}

SocketPair make_link() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw problem(Report::failed, "cannot make a socket pair");
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

[[noreturn]] void pump_without_namespaces() {
  SocketPair connections = make_link();
  SocketPair names = make_link();
  // A gateway that does not take connections as fast as the guest makes them must not hold up the others.
  set_nonblocking(connections.ours.get());
  const auto pump =
      std::make_unique<StackPump>(connections.ours.get(), names.ours.get(), vm_fd, control_fd, dial_fd);
  set_nonblocking(vm_fd);
  set_nonblocking(dial_fd);
  leave_everything();
  constexpr unsigned others = 64;  // descriptors that are no connections
  const unsigned descriptors = give_up_rights(stack_syscall_filter(), Stack::places + others);
  pump->limit_connections(descriptors - std::min(descriptors, others));
  report(Report::ready, "", {connections.theirs.get(), names.theirs.get()});
  connections.theirs.reset();
  names.theirs.reset();
  pump->run();
  ::_exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  if (::isatty(STDIN_FILENO) != 0) {
    std::fputs("agentbox-wire is started by agentbox\n", stderr);
    return 2;
  }
  try {
    if (argc == 2 && std::string_view(argv[1]) == own_stack_option) {
      pump_without_namespaces();
    }
    make_room_and_pump();
  } catch (const Problem& problem) {
    report(problem.report(), problem.what(), {});
    return 1;
  } catch (const std::exception& error) {
    report(Report::failed, error.what(), {});
    return 1;
  }
}
