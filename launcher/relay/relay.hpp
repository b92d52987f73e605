// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/exit_status.hpp"
#include "core/terminal_rules.hpp"
#include "relay/ask/ask_source.hpp"
#include "relay/escape.hpp"
#include "relay/side_service.hpp"
#include "ssh/connection.hpp"

namespace agentbox {

class CastWriter;

/// Why the relay came to its end.
struct RemoteEnded { ExitStatus status; };       ///< the remote command ended
struct UserEscaped {};                           ///< Enter ~ .
struct UserDetached {};                          ///< Enter ~ d, or what else leaves the command to go on
struct TimedOut {};                              ///< the policy's or the caller's time limit
struct LimitReached {};                          ///< another limit, which a SideService keeps
struct ConnectionLost { std::string reason; };   ///< QEMU died, SSH broke
struct Signaled { int signal_number; };          ///< we were asked to end (SIGTERM, SIGHUP; SIGINT without a PTY twice)
using RelayOutcome = std::variant<RemoteEnded, UserEscaped, UserDetached, TimedOut, LimitReached, ConnectionLost, Signaled>;

enum class RelayMode { terminal, pipes };

struct RelayOptions {
  RelayMode mode = RelayMode::pipes;
  int input = 0;
  int output = 1;
  int error_output = 2;
  std::optional<Deadline> deadline = {};  ///< TimedOut then
  int vm_pidfd = -1;  ///< readable when the VM process has ended
  /// Whose questions the user is asked, in terminal mode only; none: nothing is asked. Must outlive the call.
  AskSource* questions = nullptr;
  /// What the guest may do to a terminal that its output goes to; none: all (nothing is filtered). Pipes and files get every
  /// byte in any case.
  std::optional<TerminalRules> terminal_rules = TerminalRules{};
  CastWriter* recording = nullptr;  ///< gets what is shown; none: nothing is recorded. Must outlive the call
  /// In pipes mode, to make a log of it: what is shown has these secrets, and what looks like a key, masked.
  std::optional<std::vector<std::string>> masked = {};
  WaysOut ways_out = WaysOut::end;
  /// Is told of everything that is shown; none: nobody is. Must outlive the call.
  OutputListener* listener = nullptr;
  /// Served as well; none: nothing. Must outlive the call.
  SideService* side = nullptr;
  /// In terminal mode, where images that the user pastes come from (see PasteKeyScanner); none: they are not looked for. Must outlive the call.
  ImageSource* images = nullptr;
  /// In terminal mode, to join a command that runs already: what the terminal is told first.
  std::string first_shown = {};
  /// Sends nothing before the remote side has said something: its PTY, made by its SSH server, is not raw before that.
  bool input_after_output = false;
};

/// Moves bytes between the user's terminal (or pipes) and a remote command until one of the outcomes. One thread, one
/// poll set, signals as descriptors, bounded buffers: a slow side stops the fast one. In terminal mode the input is raw
/// meanwhile, and back in its former mode on every way out.
RelayOutcome relay(RemoteChannel& channel, const RelayOptions& options);

/// Terminal mode wants both standard input and standard output to be terminals.
RelayMode choose_relay_mode();

}  // namespace agentbox
