// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/control_port.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "guest/fail.hpp"
#include "guest/parked.hpp"

namespace agentbox::guest {
namespace {

// What has arrived may go unnoticed (0019): so it is looked for, too.
ssize_t read_when_there(int port, char* data, std::size_t size) {
  constexpr int moment = 200;
  while (true) {
    const ssize_t count = read(port, data, size);
    if (count >= 0 || (errno != EAGAIN && errno != EINTR)) {
      return count;
    }
    pollfd set{port, POLLIN, 0};
    poll(&set, 1, moment);
  }
}

std::string read_exactly(int port, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t have = 0; have < size;) {
    const ssize_t count = read_when_there(port, text.data() + have, size - have);
    if (count <= 0) {
      fail("the launcher's words end early");
    }
    have += static_cast<std::size_t>(count);
  }
  return text;
}

}  // namespace

// Opened once: the kernel gives a port to one opener only.
int open_port(const std::string& device, int flags) {
  const int port = open(device.c_str(), O_RDWR | O_CLOEXEC | flags);
  if (port < 0) {
    fail("cannot open " + device);
  }
  return port;
}

int open_first_free(const std::vector<std::string>& devices) {
  for (const auto& device : devices) {
    const int port = open(device.c_str(), O_RDWR | O_CLOEXEC);
    if (port >= 0) {
      return port;
    }
    if (errno != EBUSY) {
      fail("cannot open " + device);
    }
  }
  throw std::runtime_error("each of the machine's ports for logins is in use");
}

void write_line(int port, std::string line) {
  line += '\n';
  while (write(port, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    if (errno != EAGAIN) {
      fail("cannot answer the launcher");
    }
    pollfd set{port, POLLOUT, 0};
    poll(&set, 1, -1);
  }
}

void say_failed(int port, std::string why) {
  std::replace(why.begin(), why.end(), '\n', ' ');
  write_line(port, said_failed + why);
}

std::string receive_text(int port) {
  std::string length;
  for (std::string digit = read_exactly(port, 1); digit != "\n"; digit = read_exactly(port, 1)) {
    length += digit;
  }
  return read_exactly(port, std::stoul(length));
}

}  // namespace agentbox::guest
