// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/connection.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <memory>
#include <string>

/// A connection that a template's sshd began and each fork's takes up: starting a server and hearing its first words costs an
/// emulated guest most of the time that a new connection takes (docs/decisions/0019). What is parked holds no secret and no choice
/// that could be foreseen: both sides' names and the list of algorithms that the server offers. Keys are made after that, by both
/// sides, anew in each fork.
namespace agentbox {

/// The line that our side begins every connection with, CR LF included (RFC 4253 section 4.2). The server has read it before the
/// machine was frozen, so it is part of a template's key.
const std::string& client_identification();

/// What a server says to that: its own line and its first packet (SSH_MSG_KEXINIT, RFC 4253 section 7.1), as bytes. Then it waits.
/// Throws Error{backend} when that is not what comes until the deadline, or when it is more than either may be; Interrupted.
std::string receive_greeting(int socket, Deadline deadline);

/// The client's end of such a connection.
class ParkedConnection {
 public:
  /// endpoint: all but where the server is. greeting: what receive_greeting() got. Throws Error{internal} when libssh begins with
  /// anything but client_identification().
  ParkedConnection(SshEndpoint endpoint, std::string greeting);
  ParkedConnection(ParkedConnection&&) noexcept;
  ParkedConnection& operator=(ParkedConnection&&) noexcept;
  ~ParkedConnection();

  /// For the server's machine, to be handed over before take_up(). Stays ours.
  [[nodiscard]] int server_end() const;

  /// Goes on where the server waits: key exchange, check of the host key, authentication. Until then not a byte was sent.
  /// Once. Throws like SshConnection::connect().
  SshConnection take_up(Deadline deadline, int wait_with_fd);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agentbox
