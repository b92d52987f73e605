// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "relay/relay.hpp"
#include "ssh/connection.hpp"
#include "support/sshd_fixture.hpp"
#include "sys/signals.hpp"
#include "sys/terminal.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

namespace agentbox::test {

/// What relay_here() returns for the outcomes that are no exit of the remote command.
struct Exit {
  static constexpr int escaped = 200;
  static constexpr int timed_out = 201;
  static constexpr int lost = 202;
  static constexpr int limit = 203;
  static constexpr int signaled = 210;  ///< plus the signal's number
};

struct RelayRun {
  std::string command;
  std::optional<std::chrono::seconds> timeout = {};
  int vm_pidfd = -1;
  int input = STDIN_FILENO;
  AskSource* questions = nullptr;
  std::optional<TerminalRules> rules = TerminalRules{};
  CastWriter* recording = nullptr;
  bool joins = false;  ///< a command that runs already, as attach does; "joining" is shown when our terminal is raw
  std::optional<std::vector<std::string>> masked = {};
  SideService* side = nullptr;
  ImageSource* images = nullptr;
};

/// What the launcher does: connect, start the command, relay it on our standard streams. For child processes.
inline int relay_here(const SshEndpoint& endpoint, const RelayRun& run) {
  try {
    block_signals();
    auto connection = SshConnection::connect(endpoint, soon());
    const RelayMode mode = choose_relay_mode();
    RemoteCommand command{.command = run.command, .environment = {}, .pty = {}};
    if (mode == RelayMode::terminal) {
      const char* term = std::getenv("TERM");
      command.pty = PtyRequest{.term = term != nullptr ? term : "xterm-256color",
                               .size = terminal_size(STDOUT_FILENO).value_or(TerminalSize{.columns = 80, .rows = 24})};
    }
    const auto channel = connection.start(command);
    const RelayOutcome outcome =
        relay(*channel, {.mode = mode, .input = run.input, .deadline = run.timeout ? std::optional(Clock::now() + *run.timeout) : std::nullopt, .vm_pidfd = run.vm_pidfd, .questions = run.questions, .terminal_rules = run.rules, .recording = run.recording, .masked = run.masked, .side = run.side, .images = run.images, .first_shown = run.joins ? "joining" : "", .input_after_output = run.joins});
    if (const auto* ended = std::get_if<RemoteEnded>(&outcome)) {
      return ended->status.shell_code();
    }
    if (const auto* signaled = std::get_if<Signaled>(&outcome)) {
      return Exit::signaled + signaled->signal_number;
    }
    if (const auto* lost = std::get_if<ConnectionLost>(&outcome)) {
      std::fprintf(stderr, "lost: %s\n", lost->reason.c_str());
    }
    return std::holds_alternative<UserEscaped>(outcome) ? Exit::escaped
           : std::holds_alternative<TimedOut>(outcome)     ? Exit::timed_out
           : std::holds_alternative<LimitReached>(outcome) ? Exit::limit
                                                           : Exit::lost;
  } catch (const Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 125;
  }
}

}  // namespace agentbox::test
