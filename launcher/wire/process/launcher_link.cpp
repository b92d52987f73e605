// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/launcher_link.hpp"

#include "wire/protocol.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace agentbox::wire {

bool hear_launcher(int& control) {
  std::array<char, 16> text;
  const ssize_t count = ::recv(control, text.data(), text.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    return true;
  }
  if (count > 0 && std::string_view(text.data(), static_cast<std::size_t>(count)) == stay) {
    control = -1;
    return true;
  }
  return false;
}

}  // namespace agentbox::wire
