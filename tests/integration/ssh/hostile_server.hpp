// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/connection.hpp"
#include "ssh/key_import.hpp"
#include "ssh/keys.hpp"
#include "support/sshd_fixture.hpp"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

namespace agentbox::test {

/// An SSH server that lets everyone in, says yes to everything, and does what the test wants once a command is to be
/// run: misbehave(session, channel, command).
class HostileServer {
 public:
  using Misbehave = std::function<void(ssh_session, ssh_channel, const std::string& command)>;

  explicit HostileServer(Misbehave misbehave)
      : host_(generate_key_pair()),
        user_(generate_key_pair()),
        misbehave_(std::move(misbehave)),
        server_([this](int fd) { serve(fd); }) {}

  [[nodiscard]] SshEndpoint endpoint() const {
    return SshEndpoint{.server = TcpAddress{.port = server_.port()},
                       .user = "root",
                       .host_key = host_.public_key,
                       .private_key = user_.private_key};
  }

 private:
  void serve(int fd) const {
    ssh_bind bind = ssh_bind_new();
    const bool no = false;
    ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
    ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, import_private_key(host_.private_key).release());
    ssh_session session = ssh_new();
    if (ssh_bind_accept_fd(bind, session, fd) != SSH_OK || ssh_handle_key_exchange(session) != SSH_OK) {
      return;
    }
    ssh_channel channel = nullptr;
    while (ssh_message message = ssh_message_get(session)) {
      const int type = ssh_message_type(message);
      if (type == SSH_REQUEST_AUTH) {
        ssh_message_auth_reply_success(message, 0);
      } else if (type == SSH_REQUEST_SERVICE) {
        ssh_message_service_reply_success(message);
      } else if (type == SSH_REQUEST_GLOBAL) {
        ssh_message_global_request_reply_success(message, 0);
      } else if (type == SSH_REQUEST_CHANNEL_OPEN) {
        channel = ssh_message_channel_request_open_reply_accept(message);
      } else {
        const bool starts = ssh_message_subtype(message) == SSH_CHANNEL_REQUEST_EXEC;
        const std::string command = starts ? ssh_message_channel_request_command(message) : "";
        ssh_message_channel_request_reply_success(message);
        if (starts) {
          misbehave_(session, channel, command);
        }
      }
      ssh_message_free(message);
    }
  }

  KeyPair host_;
  KeyPair user_;
  Misbehave misbehave_;
  TestServer server_;
};

/// Makes libssh believe that the peer's window is 2 GiB. It has no call for that; the field is found by its value and
/// known to be the right one when libssh reports the new value.
inline bool ignore_window(ssh_channel channel) {
  auto* bytes = reinterpret_cast<unsigned char*>(channel);
  for (std::size_t at = 0; at < 128; at += sizeof(std::uint32_t)) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes + at, sizeof value);
    if (value == ssh_channel_window_size(channel)) {
      const std::uint32_t huge = 1U << 31U;
      std::memcpy(bytes + at, &huge, sizeof huge);
      if (ssh_channel_window_size(channel) == huge) {
        return true;
      }
      std::memcpy(bytes + at, &value, sizeof value);
    }
  }
  return false;
}

inline void say(ssh_channel channel, const std::string& text) {
  ssh_channel_write(channel, text.data(), static_cast<std::uint32_t>(text.size()));
}

inline void finish(ssh_channel channel, int code) {
  ssh_channel_request_send_exit_status(channel, code);
  ssh_channel_send_eof(channel);
  ssh_channel_close(channel);
}

}  // namespace agentbox::test
