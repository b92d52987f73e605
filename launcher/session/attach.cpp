// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "relay/relay.hpp"
#include "session/desk.hpp"
#include "session/guest_command.hpp"
#include "session/manage.hpp"
#include "session/network_questions.hpp"
#include "session/outcome.hpp"
#include "session/pasted_images.hpp"
#include "session/session_network.hpp"

#include <optional>

namespace agentbox {
namespace {

/// A session that is being snapshotted answers after that.
constexpr std::chrono::seconds desk_limit{60};

struct HeldTerminal {
  std::string modes;  ///< what makes another terminal like the one that the command believes to have
  bool asks = false;  ///< the policy asks about hosts
};

HeldTerminal held_terminal(const ListedSession& session) {
  const auto answer = ask_desk(session.directory, {{"command", "terminal"}}, Clock::now() + desk_limit);
  if (!answer.value("held", false)) {
    throw Error(ErrorKind::usage, "the command of session " + session.record.id + " has no terminal: it was started with pipes",
                "start it on a terminal or with --detach to attach to it; agentbox exec " + session.record.id +
                    " opens a shell beside it");
  }
  return {.modes = answer.value("modes", ""), .asks = answer.value("asks", false)};
}

/// One at a time is asked; where another one is, or the session is in a room without a gateway, we are not.
std::optional<NetworkQuestions> questions_for(const ListedSession& session, const Application& application) {
  try {
    return NetworkQuestions(open_questions(session.directory), session.record.project, session.record.policy, application);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool is_agent(const SessionRecord& record) { return record.agent != "shell" && record.agent != "run"; }

}  // namespace

int attach_to_session(const AttachRequest& request, const Application& application) {
  const ListedSession session = live_session(request.session, application);
  const RelayMode mode = choose_relay_mode();
  const HeldTerminal terminal = held_terminal(session);
  const auto recording = request.recording ? begin_recording_beside(session, Beside::attach, *request.recording, application) : nullptr;
  SshConnection ssh = connect_to_session(session.record, application);
  auto questions = terminal.asks && mode == RelayMode::terminal ? questions_for(session, application) : std::nullopt;
  const TerminalRules rules = terminal_rules_of(session.record, application);
  PastedImages images(ssh, session.record.guest_user);
  const bool hands_images_over = is_agent(session.record) && rules.pasted_images == TerminalRules::PastedImages::hand_over;
  const auto channel = ssh.start(attach_command(mode));
  const RelayOutcome outcome = relay(*channel, {.mode = mode,
                                                .questions = questions ? &*questions : nullptr,
                                                .terminal_rules = rules,
                                                .recording = recording.get(),
                                                .ways_out = WaysOut::detach,
                                                .images = hands_images_over ? &images : nullptr,
                                                .first_shown = terminal.modes,
                                                .input_after_output = mode == RelayMode::terminal});
  if (recording) {
    end_recording(*recording, application.progress);
  }
  if (questions && !questions->problem().empty()) {
    application.progress.note(questions->problem());
  }
  if (std::holds_alternative<UserDetached>(outcome)) {
    application.progress.note("Session " + session.record.id + " goes on.");
    return 0;
  }
  if (const auto* lost = std::get_if<ConnectionLost>(&outcome)) {
    throw Error(ErrorKind::backend, "session " + session.record.id + " was lost: " + lost->reason);
  }
  return exit_code_of(outcome);
}

}  // namespace agentbox
