// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/dial.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/fd_passing.hpp"
#include "sys/files.hpp"
#include "sys/unix_socket.hpp"

#include <arpa/inet.h>

#include <cerrno>

namespace agentbox {

namespace {

/// Invalid when none came. Whoever is turned away before his question was read sees a reset, not an end.
UniqueFd take_answer(const UniqueFd& connection) {
  try {
    auto answer = receive_with_fds(connection.get(), 1);
    return answer && answer->fds.size() == 1 ? std::move(answer->fds.front()) : UniqueFd();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

// The conversation: the caller sends the port (2 bytes, big-endian); the answer is one byte with one descriptor, or the
// end of the connection.
UniqueFd dial_guest(const DialSocket& socket, Deadline deadline) {
  const std::string where = "the session's network at " + escape_untrusted(socket.path.native());
  const UniqueFd connection = connect_unix(socket.path);
  const std::uint16_t port = htons(socket.port.number());
  if (send_with_fds(connection.get(), {reinterpret_cast<const char*>(&port), sizeof port}, {})) {
    if (!wait_readable(connection.get(), deadline)) {
      throw Error(ErrorKind::environment, where + " does not answer", "agentbox ls shows which sessions run");
    }
    if (UniqueFd made = take_answer(connection)) {
      return made;
    }
  } else if (errno != EPIPE && errno != ECONNRESET) {  // those: turned away before the question was out
    throw system_error("cannot ask " + where + " for a connection");
  }
  throw Error(ErrorKind::environment, where + " gave no connection", "agentbox ls shows which sessions run");
}

}  // namespace agentbox
