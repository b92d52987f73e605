// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/services.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace agentbox::guest {
namespace {

namespace fs = std::filesystem;

const std::string hierarchy = "/sys/fs/cgroup";

/// cgroups(7): in the second version's hierarchy, the one line is "0::/PATH".
std::string own_group() {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  std::getline(file, line);
  return line.starts_with("0::") ? hierarchy + line.substr(3) : std::string{};
}

std::vector<std::string> service_groups() {
  std::vector<std::string> found{hierarchy + "/init.scope"};
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(hierarchy + "/system.slice", none)) {
    if (entry.path().extension() == ".service") {
      found.push_back(entry.path());
    }
  }
  return found;
}

void set_frozen(const std::string& service, const char* value) {
  const int file = open((service + "/cgroup.freeze").c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) {
    return;  // ended meanwhile, or no such thing in this guest
  }
  [[maybe_unused]] const ssize_t ignored = write(file, value, 1);
  close(file);
}

}  // namespace

void hold_services() {
  const std::string own = own_group();
  for (const auto& service : service_groups()) {
    if (service != own) {
      set_frozen(service, "1");
    }
  }
}

void release_services() {
  for (const auto& service : service_groups()) {
    set_frozen(service, "0");
  }
}

void give_head_start() {
  constexpr int head_start_ms = 1000;
  poll(nullptr, 0, head_start_ms);
}

}  // namespace agentbox::guest
