// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/identity.hpp"

#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"

namespace agentbox::guest {
namespace {

void set_names(const GuestPlan::Prepare& plan) {
  if (sethostname(plan.hostname.c_str(), plan.hostname.size()) != 0) {
    fail("cannot set the host name");
  }
  write_file("/etc/hostname", plan.hostname + "\n", 0644);
  // For each login with a terminal sshd's audit looks up the host that it is from, which has no name here: "UNKNOWN" would be a refused
  // name at the end of every such session.
  write_file("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 " + plan.hostname + "\n0.0.0.0 unknown\n", 0644);
  write_file("/etc/machine-id", plan.machine_id + "\n", 0444);
}

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat a {};
  struct stat b {};
  return stat(one.c_str(), &a) == 0 && stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Over what is there, for as long as this machine runs: a file in memory, which a snapshot of the disk does not have. In a fork it lies there
// already.
void put_over(const std::string& path, const std::string& name, const std::string& content, mode_t mode) {
  const std::string file = "/run/agentbox-" + name;
  write_file(file, content, mode);
  if (!is_same_file(file, path) && mount(file.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    fail("cannot give the machine its own " + path);
  }
}

// The kernel's own cannot be changed; this is where programs read it.
constexpr const char* boot_id_path = "/proc/sys/kernel/random/boot_id";
void set_boot_id(const std::string& line) { put_over(boot_id_path, "boot-id", line, 0444); }

// For those who come later: each of their connections starts an sshd of its own (park.cpp). What boots from this disk later is known by the
// base's key, which stays on it.
constexpr const char* host_key_path = "/etc/ssh/ssh_host_ed25519_key";
void set_host_key(const std::string& key) { put_over(host_key_path, "host-key", key, 0600); }

std::string content_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The card's from the start, if this had been a boot. Nothing was sent yet, so no neighbour knows the old one.
void set_mac(const std::string& mac) {
  std::array<unsigned int, 6> bytes{};
  if (std::sscanf(mac.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x", &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4], &bytes[5]) != 6) {
    throw std::runtime_error("that is no hardware address: " + mac);
  }
  ifreq request{};
  std::strncpy(request.ifr_name, "eth0", sizeof request.ifr_name - 1);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    request.ifr_hwaddr.sa_data[i] = static_cast<char>(bytes[i]);
  }
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int result = ioctl(any, SIOCSIFHWADDR, &request);
  close(any);
  if (result != 0 && errno != ENODEV) {
    fail("cannot give the network card an address of its own");
  }
}

}  // namespace

void make_room_for_identity() {
  set_boot_id(content_of(boot_id_path));
  set_host_key(content_of(host_key_path));
}

void take_identity(const GuestPlan::Prepare& plan) {
  set_names(plan);
  if (plan.fork) {
    set_boot_id(plan.fork->boot_id + "\n");
    set_mac(plan.fork->mac);
    set_host_key(plan.fork->host_key);
  }
}

}  // namespace agentbox::guest
