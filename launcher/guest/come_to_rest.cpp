// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/come_to_rest.hpp"

#include "guest/identity.hpp"
#include "guest/pause.hpp"
#include "guest/services.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace agentbox::guest {
namespace {

pid_t parent_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("PPid:")) {
      return static_cast<pid_t>(std::atoi(line.c_str() + 5));
    }
  }
  return 0;
}

/// What a fork writes, it finds in memory then: less than a whole block is written into what was there.
void read_ahead() {
  for (const char* path : {"/etc/hostname", "/etc/hosts", "/etc/machine-id", "/etc/passwd", "/etc/group"}) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
  }
}

}  // namespace

std::vector<int> login_processes() {
  std::vector<int> processes;
  for (pid_t process = getppid(); process > 1; process = parent_of(process)) {
    if (const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, process, 0)); descriptor >= 0) {
      processes.push_back(descriptor);
    }
  }
  return processes;
}

void come_to_rest(const std::vector<int>& login) {
  constexpr int patience_ms = 5000;
  for (const int process : login) {
    pollfd ended{process, POLLIN, 0};
    poll(&ended, 1, patience_ms);
    close(process);
  }
  hold_services();
  make_session_group();
  make_room_for_identity();
  read_ahead();
  sync();
}

}  // namespace agentbox::guest
