// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/socket_client.hpp"

#include "core/error.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace agentbox {

bool SocketClient::receive(std::span<char> out) {
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t got = ::recv(socket_, out.data() + done, out.size() - done, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw system_error("cannot read from the disk's client");
    }
    if (got == 0 && done == 0) {
      return false;
    }
    if (got == 0) {
      throw Error(ErrorKind::environment, "the disk's client has left in the middle of a message");
    }
    done += static_cast<std::size_t>(got);
  }
  return true;
}

void SocketClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EINTR) {
      throw system_error("cannot write to the disk's client");
    }
  }
}

}  // namespace agentbox
