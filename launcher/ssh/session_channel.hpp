// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/connection.hpp"
#include "ssh/session.hpp"

#include <memory>

namespace agentbox {

/// A command running on a session channel: the RemoteChannel that SshConnection::start() returns. Must not outlive the
/// session.
class SessionChannel final : public RemoteChannel {
 public:
  /// Opens the channel and starts the command. Throws Error{backend}, Interrupted.
  SessionChannel(SshSession& session, const RemoteCommand& command);
  ~SessionChannel() override;
  SessionChannel(const SessionChannel&) = delete;
  SessionChannel& operator=(const SessionChannel&) = delete;

  [[nodiscard]] int fd() const override;
  [[nodiscard]] short wanted_events() const override;
  void serve() override;
  void append_poll_set(std::vector<std::pair<int, short>>& set) const override;

  [[nodiscard]] std::size_t writable_bytes() const override;
  std::size_t write(std::string_view data) override;
  void send_eof() override;

  std::string read_stdout(std::size_t limit) override;
  std::string read_stderr(std::size_t limit) override;
  [[nodiscard]] bool output_finished() const override;

  void resize(TerminalSize size) override;
  void send_signal(std::string_view name) override;

  [[nodiscard]] std::optional<ExitStatus> exit_status() const override;
  [[nodiscard]] bool connection_lost() const override;
  [[nodiscard]] std::string lost_reason() const override;

 private:
  void start(const RemoteCommand& command);

  SshSession& session_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace agentbox
