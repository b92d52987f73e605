// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/connection.hpp"
#include "ssh/handles.hpp"
#include "ssh/socket_wait.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace agentbox {

/// What every attempt of one connect() needs, prepared once.
struct ConnectPlan {
  const SshEndpoint& endpoint;
  SshKeyOwner host_key;
  SshKeyOwner private_key;
  Deadline deadline;
};

/// Nothing is wrong for good: the guest is probably still coming up.
struct TryAgain {
  std::string reason;
};

using AttemptResult = std::variant<SshSessionOwner, TryAgain>;

/// One connection, key exchange, check of the host key and authentication, without blocking anywhere but in wait; the steps are
/// called in the order in which they stand here. plan and wait must outlive it.
/// Steps throw Error{backend} where another attempt cannot help: a wrong host key, our key refused, the VM gone.
class Attempt {
 public:
  using Failure = std::optional<TryAgain>;

  Attempt(const ConnectPlan& plan, SocketWait& wait, std::chrono::milliseconds banner_patience);
  /// On a socket that is connected already: without connect_socket().
  Attempt(const ConnectPlan& plan, SocketWait& wait, UniqueFd connected);

  Failure connect_socket();
  /// Sends what our side begins with.
  void begin_exchange();
  AttemptResult log_in();
  /// log_in(), any time later: its patience begins now.
  AttemptResult go_on();

 private:
  Failure begin_connection(const TcpAddress& server);
  Failure exchange_keys();
  void check_host_key();
  Failure authenticate();
  void make_session();
  void set(ssh_options_e option, const void* value);
  template <class Step>
  int complete(int again, Step step);
  bool await(short events);
  Failure failure(const char* phase);

  const ConnectPlan& plan_;
  SocketWait& wait_;
  Deadline give_up_;
  bool banner_seen_ = false;
  Failure ended_early_;  ///< what begin_exchange() met; log_in() tells it
  UniqueFd socket_;  ///< ours until libssh takes it
  SshSessionOwner session_;
};

/// All steps of an Attempt. It gives up when no SSH banner has come within banner_patience: QEMU's port forwarding accepts at once, long before
/// the guest can answer, and a connection begun too early may hang for as long as TCP's retries do.
AttemptResult attempt_connection(const ConnectPlan& plan, SocketWait& wait, std::chrono::milliseconds banner_patience);

}  // namespace agentbox
