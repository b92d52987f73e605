// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/park.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "guest/come_to_rest.hpp"
#include "guest/control_port.hpp"
#include "guest/devices.hpp"
#include "guest/fail.hpp"
#include "guest/guest_plan.hpp"
#include "guest/launch.hpp"
#include "guest/leave.hpp"
#include "guest/parked.hpp"
#include "guest/prepare.hpp"
#include "guest/rehearsal.hpp"
#include "guest/services.hpp"

namespace agentbox::guest {
namespace {

// In a fork, once the launcher speaks. Randomness first: sshd makes its key when it is told that this has been done.
void prepare_fork(int port, const std::vector<int>& login) {
  std::string name;
  try {
    come_to_rest(login);
    write_line(port, said_at_rest);
    reseed(receive_text(port));
    write_line(port, said_reseeded);
    const GuestPlan plan = guest_plan_from_json(receive_text(port));
    User user = find_user(plan.user);
    if (prepare(plan.prepare.value(), user) == Prepared::without_kept_disk) {
      write_line(port, said_without_kept);
    }
    write_line(port, said_ready);
    // For what may stop this machine's session later (pause.cpp).
    close(port);
    name = user.name;
  } catch (const std::exception& error) {
    say_failed(port, error.what());
    return;
  }
  const Rehearsal rehearsal(name);
  give_head_start();
  release_services();
}

// As inetd starts it (sshd(8), -i), with the connection as its standard input and output.
[[noreturn]] void become_sshd(int connection, std::initializer_list<const char*> options) {
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO}) {
    if (dup2(connection, standard) < 0) {
      fail("cannot hand the connection to sshd");
    }
  }
  clearenv();
  setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
  std::vector<char*> argv;
  for (const char* word : {"/usr/sbin/sshd", "-i"}) {
    argv.push_back(const_cast<char*>(word));
  }
  for (const char* word : options) {
    argv.push_back(const_cast<char*>(word));
  }
  argv.push_back(nullptr);
  execv(argv.front(), argv.data());
  fail("cannot start sshd");
}

/// passwd(5). It is in the template only, and has an empty password: who speaks on the machine's port is the launcher, and has nothing to prove. Every
/// other sshd here takes no passwords (base-images/guest/setup.sh).
void add_account() {
  std::ifstream present("/etc/passwd");
  const std::string name = parked_account + std::string(":");
  for (std::string line; std::getline(present, line);) {
    if (line.starts_with(name)) {
      return;
    }
  }
  std::ofstream(std::string("/etc/passwd"), std::ios::app) << name << ":0:0:agentbox on the host:/root:/usr/lib/agentbox/agentbox-guest\n";
}

void serve_ssh(int port) {
  // It may wait for months: a template does. Asking the launcher for a sign of life each second is for our own sake: what has
  // arrived unnoticed is found then (0019).
  // Of its one login the journal is told nothing: writing to it takes longer than the login's own words. And no key is asked for: to check
  // one takes as long as the whole exchange of keys (0081).
  become_sshd(port, {"-oAuthorizedKeysFile=/etc/ssh/authorized_keys/root", "-oPermitRootLogin=yes", "-oPasswordAuthentication=yes",
                     "-oPermitEmptyPasswords=yes", "-oLogLevel=ERROR", "-oLoginGraceTime=0", "-oClientAliveInterval=1", "-oClientAliveCountMax=0"});
}

// sshd itself would go on showing the host key that it read when the template booted. So it gives way to a process that reads none: each
// connection gets an sshd of its own, which reads the key that the fork has then.
int take_over_ssh_port() {
  if (system("systemctl stop ssh.service") != 0) {
    throw std::runtime_error("cannot stop the template's SSH server");
  }
  mkdir("/run/sshd", 0755);  // went with the service; sshd wants it
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(22);
  if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener, SOMAXCONN) != 0) {
    fail("cannot listen in the SSH server's place");
  }
  return listener;
}

void serve_logins(int listener) {
  signal(SIGCHLD, SIG_IGN);  // the kernel reaps them
  while (true) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) {
      if (errno == EINTR || errno == ECONNABORTED) {
        continue;
      }
      fail("cannot accept SSH connections");
    }
    if (fork() == 0) {
      signal(SIGCHLD, SIG_DFL);
      become_sshd(connection, {"-oPasswordAuthentication=no", "-oPermitEmptyPasswords=no"});  // whatever the image says
    }
    close(connection);  // a fork that failed is a connection that is refused
  }
}

}  // namespace

int park_login() {
  const std::string first = find_device(serial_ports, ssh_port_name);
  const std::string second = find_device(serial_ports, second_ssh_port_name);
  if (first.empty() || second.empty()) {
    return no_ports_status;
  }
  const int port = open_first_free({first, second});
  leave([port] { serve_ssh(port); });
  return 0;
}

int park() {
  const std::string ssh = find_device(serial_ports, ssh_port_name);
  const std::string control = find_device(serial_ports, control_port_name);
  if (ssh.empty() || control.empty()) {
    return no_ports_status;
  }
  const int listener = take_over_ssh_port();
  add_account();
  leave([listener] { serve_logins(listener); });
  leave([port = open_port(control, O_NONBLOCK), login = login_processes()] { prepare_fork(port, login); });
  leave([port = open_port(ssh, 0)] { serve_ssh(port); });
  return 0;
}

}  // namespace agentbox::guest
