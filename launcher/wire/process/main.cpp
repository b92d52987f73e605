// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0

// agentbox-wire: the far end of a VM's network cable. It makes an empty network namespace whose IPv4 stack takes every
// packet that the guest sends, hands the sockets where those end to the launcher, shuts itself in, and moves frames
// between QEMU and that namespace until either is gone. It is started by the launcher (network_room.hpp), knows no
// policy and no secret, and looks at nothing of a frame but its length.
#include "sys/fd_passing.hpp"
#include "sys/unique_fd.hpp"
#include "wire/process/links.hpp"
#include "wire/process/listeners.hpp"
#include "wire/process/namespaces.hpp"
#include "wire/process/packet_filter.hpp"
#include "wire/process/packet_ring.hpp"
#include "wire/process/problem.hpp"
#include "wire/process/pump.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

namespace {

using namespace agentbox;
using namespace agentbox::wire;

void report(Report outcome, const std::string& text, std::initializer_list<int> fds) {
  const std::string message = static_cast<char>(outcome) + text.substr(0, longest_report - 1);
  send_with_fds(control_fd, message, fds);  // if it does not go nobody is there, and the pump ends at once
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
  leave_file_system();
  give_up_rights();
  report(Report::ready, "", {listeners.tcp.get(), listeners.dns.get()});
  // From here on they are the launcher's alone: when it has gone, the guest is refused.
  listeners = {};
  pump->run();
  // Not by way of return or exit(3): clean-up makes system calls that are forbidden by now.
  ::_exit(0);
}

}  // namespace

int main() {
  if (::isatty(STDIN_FILENO) != 0) {
    std::fputs("agentbox-wire is started by agentbox\n", stderr);
    return 2;
  }
  try {
    make_room_and_pump();
  } catch (const Problem& problem) {
    report(problem.report(), problem.what(), {});
    return 1;
  } catch (const std::exception& error) {
    report(Report::failed, error.what(), {});
    return 1;
  }
}
