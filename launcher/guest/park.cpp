// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/park.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

#include "guest/fail.hpp"
#include "guest/guest_plan.hpp"
#include "guest/launch.hpp"
#include "guest/parked.hpp"
#include "guest/prepare.hpp"

namespace agentbox::guest {
namespace {

// The device of a port of that name; empty when there is none. Nobody makes links of names here: there is no udev.
std::string port_device(const std::string& name) {
  std::error_code missing;
  for (const auto& port : std::filesystem::directory_iterator("/sys/class/virtio-ports", missing)) {
    std::string found;
    if (std::getline(std::ifstream(port.path() / "name"), found) && found == name) {
      return "/dev/" + port.path().filename().string();
    }
  }
  return {};
}

// Opened once: the kernel gives a port to one opener only.
int open_port(const std::string& device) {
  const int port = open(device.c_str(), O_RDWR | O_CLOEXEC);
  if (port < 0) {
    fail("cannot open " + device);
  }
  return port;
}

void write_line(int port, std::string line) {
  line += '\n';
  if (write(port, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    fail("cannot answer the launcher");
  }
}

std::string read_exactly(int port, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t have = 0; have < size;) {
    const ssize_t count = read(port, text.data() + have, size - have);
    if (count <= 0) {
      fail("the launcher's plan ends early");
    }
    have += static_cast<std::size_t>(count);
  }
  return text;
}

std::string receive_plan(int port) {
  std::string length;
  for (std::string digit = read_exactly(port, 1); digit != "\n"; digit = read_exactly(port, 1)) {
    length += digit;
  }
  return read_exactly(port, std::stoul(length));
}

// In a fork, once the launcher speaks. Randomness first: sshd makes its key when it is told that this has been done.
void prepare_fork(int port) {
  try {
    const GuestPlan plan = guest_plan_from_json(receive_plan(port));
    const auto& preparation = plan.prepare.value();
    reseed(preparation.entropy);
    write_line(port, said_reseeded);
    User user = find_user(plan.user);
    if (prepare(preparation, user) == Prepared::without_kept_disk) {
      write_line(port, said_without_kept);
    }
    write_line(port, said_ready);
  } catch (const std::exception& error) {
    std::string why = error.what();
    std::replace(why.begin(), why.end(), '\n', ' ');
    write_line(port, said_failed + why);
  }
}

void serve_ssh(int port) {
  // Over standard input, as inetd started it (sshd(8), -i). It may wait for months: a template does.
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO}) {
    if (dup2(port, standard) < 0) {
      fail("cannot hand the port to sshd");
    }
  }
  clearenv();
  setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
  // Asking the launcher for a sign of life each second is for our own sake: what has arrived unnoticed is found then (0019).
  execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-i", "-oLoginGraceTime=0", "-oClientAliveInterval=1", "-oClientAliveCountMax=0", nullptr);
}

// A process of its own, that holds nothing of the session that started it.
void leave(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child < 0) {
    fail("cannot start a process");
  }
  if (child > 0) {
    return;
  }
  setsid();
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    dup2(null, standard);
  }
  try {
    work();
  } catch (const std::exception&) {
    _exit(1);  // the launcher sees the port's silence
  }
  _exit(0);
}

}  // namespace

int park() {
  const std::string ssh = port_device(ssh_port_name);
  const std::string control = port_device(control_port_name);
  if (ssh.empty() || control.empty()) {
    return no_ports_status;
  }
  leave([port = open_port(control)] { prepare_fork(port); });
  leave([port = open_port(ssh)] { serve_ssh(port); });
  return 0;
}

}  // namespace agentbox::guest
