// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/pause.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "guest/come_to_rest.hpp"
#include "guest/connections.hpp"
#include "guest/control_port.hpp"
#include "guest/devices.hpp"
#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"
#include "guest/guest_plan.hpp"
#include "guest/hold.hpp"
#include "guest/identity.hpp"
#include "guest/leave.hpp"
#include "guest/parked.hpp"
#include "guest/prepare.hpp"
#include "guest/services.hpp"

namespace agentbox::guest {
namespace {

const std::string group = "/sys/fs/cgroup/agentbox";

void write_to_group(const char* file, const std::string& text) {
  const std::string path = group + "/" + file;
  const Descriptor descriptor(path, O_WRONLY);
  write_all(descriptor.get(), text.data(), text.size(), path);
}

/// events: the group's cgroup.events. poll(2) tells of what has changed since it was read last.
bool stands_still(const Descriptor& events) {
  std::array<char, 256> text{};
  const ssize_t size = pread(events.get(), text.data(), text.size(), 0);
  if (size < 0) {
    throw std::runtime_error("cannot read " + group + "/cgroup.events");
  }
  return std::string_view(text.data(), static_cast<std::size_t>(size)).find("frozen 1") != std::string_view::npos;
}

void let_go_on() { write_to_group("cgroup.freeze", "0"); }

// The kernel stops each process when that comes out of the kernel: at once, but for one that waits for a disk.
void stop_group() {
  using namespace std::chrono;
  if (access((group + "/cgroup.freeze").c_str(), W_OK) != 0) {
    throw std::runtime_error("this machine has no control group for what its sessions start");
  }
  const Descriptor events(group + "/cgroup.events", O_RDONLY);
  write_to_group("cgroup.freeze", "1");
  const auto deadline = steady_clock::now() + 5s;
  while (!stands_still(events)) {
    const auto left = duration_cast<milliseconds>(deadline - steady_clock::now());
    pollfd changed{events.get(), POLLPRI, 0};
    if (left <= 0ms || (poll(&changed, 1, static_cast<int>(left.count())) < 0 && errno != EINTR)) {
      let_go_on();
      throw std::runtime_error("what runs in the machine does not stand still");
    }
  }
}

/// Those of the machine that was saved. They lead nowhere here, and hold a port that a later login may need; but what they leave to do
/// is not to stand in the way of what goes on.
void end_logins_later(const std::vector<int>& logins) {
  give_head_start();
  for (const int login : logins) {
    syscall(SYS_pidfd_send_signal, login, SIGKILL, nullptr, 0);
  }
}

void become_another(const GuestPlan::Prepare& identity, std::int64_t clock_ns) {
  drop_viewers(held_socket);
  end_connections();
  set_clock(clock_ns);
  take_identity(identity);
}

// A machine that could not become another one goes on with nothing: it would be a twin.
void wait_for_launcher(int port, const std::vector<int>& logins) {
  bool same_machine = true;
  try {
    // Random bytes for another machine, nothing for the same one.
    const std::string entropy = receive_text(port);
    same_machine = entropy.empty();
    if (!same_machine) {
      reseed(entropy);
      write_line(port, said_reseeded);
    }
    const ThawPlan plan = thaw_plan_from_json(receive_text(port));
    same_machine = same_machine && !plan.identity;
    if (same_machine) {
      set_clock(plan.clock_ns);
    } else if (entropy.empty() || !plan.identity) {
      throw std::runtime_error("the launcher contradicts itself: another machine has an identity and random numbers of its own, both or neither");
    } else {
      become_another(*plan.identity, plan.clock_ns);
    }
    let_go_on();
    write_line(port, said_ready);
    close(port);  // for the next who saves this machine
    if (!same_machine) {
      end_logins_later(logins);
    }
  } catch (const std::exception& error) {
    if (same_machine) {
      let_go_on();
    }
    say_failed(port, error.what());
  }
}

}  // namespace

void make_session_group() {
  mkdir(group.c_str(), 0755);
  // A process then changes its group without waiting until every processor has been through the scheduler (CGROUP_FAVOR_DYNMODS in
  // linux/init/Kconfig). The other options are those that systemd mounts it with.
  mount(nullptr, "/sys/fs/cgroup", nullptr, MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME,
        "nsdelegate,memory_recursiveprot,favordynmods");
}

void join_session_group() {
  mkdir(group.c_str(), 0755);
  std::ofstream(group + "/cgroup.procs") << "0";
}

void pause() {
  const std::string device = find_device(serial_ports, control_port_name);
  if (device.empty()) {
    throw std::runtime_error("this machine has no control port");
  }
  const int port = open_port(device, O_NONBLOCK);
  stop_group();
  leave([port, logins = login_processes()] { wait_for_launcher(port, logins); });
}

}  // namespace agentbox::guest
