// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/command_run.hpp"

#include "core/error.hpp"
#include "session/ending.hpp"
#include "session/guest_command.hpp"
#include "session/kept_session.hpp"
#include "session/live_snapshot.hpp"
#include "session/recording.hpp"
#include "session/session_vm.hpp"
#include "store/session_store.hpp"
#include "store/snapshot_store.hpp"
#include "sys/files.hpp"
#include "sys/front_process.hpp"
#include "sys/heap.hpp"
#include "sys/signals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include <nlohmann/json.hpp>

namespace agentbox {
namespace {

std::string free_snapshot_name(const std::string& session, const Application& application) {
  const SnapshotStore snapshots(application.directories.data / "snapshots");
  for (int number = 1;; ++number) {
    const std::string name = session + "-" + std::to_string(number);
    if (!std::filesystem::exists(snapshots.directory_of(name))) {
      return name;
    }
  }
}

bool has_lost_terminal(const RelayOutcome& outcome) {
  const auto* signaled = std::get_if<Signaled>(&outcome);
  return signaled != nullptr && signaled->signal_number == SIGHUP;
}

}  // namespace

CommandRun::CommandRun(const RunPlan& plan, const Application& application, SessionVm& vm, SessionHandle& session, RelayMode mode,
                       const RunCaller& caller, CastWriter* recording)
    : plan_(plan),
      application_(application),
      vm_(vm),
      session_(session),
      mode_(mode),
      caller_(caller),
      recording_(recording),
      images_(vm.ssh, session.record().guest_user),
      desk_(session.directory(), [this](const nlohmann::json& request) { return answer(request); }) {
  side_.add(desk_);
  if (plan.timeout) {
    deadline_ = Clock::now() + *plan.timeout;
  }
  if (plan.live) {
    output_.take_over(plan.live->terminal_modes);
  }
}

RelayOutcome CommandRun::run(const MachineIdentity& identity, const SharedDirectories& directories, std::optional<NetworkQuestions>& questions) {
  const auto channel = vm_.ssh.start(plan_.live
                                         ? attach_command(mode_)
                                         : session_command(plan_, identity, directories, mode_,
                                                           vm_.being_prepared ? Machine::prepared : Machine::unprepared));
  give_back_free_heap();  // while the guest starts the command
  const RelayOutcome outcome = plan_.attendance == Attendance::detached
                                   ? RelayOutcome(UserDetached{})
                                   : relay(*channel, attended(questions ? &*questions : nullptr));
  if (has_lost_terminal(outcome)) {
    ignore_hangups();
  }
  if (!goes_on_alone(outcome)) {
    return outcome;
  }
  questions.reset();  // nobody is there to be asked
  let_caller_go();
  return relay_alone(*channel);
}

// A held command can go on without a terminal; we can if somebody else is waited for.
bool CommandRun::held() const { return mode_ == RelayMode::terminal || plan_.live; }
bool CommandRun::can_detach() const { return held() && caller_.front != nullptr; }

RelayOptions CommandRun::attended(AskSource* questions) {
  const bool log = caller_.output == RunCaller::Output::log;
  return {.mode = mode_,
          .output = log ? STDERR_FILENO : STDOUT_FILENO,
          .deadline = deadline_,
          .vm_pidfd = vm_.ended.get(),
          .questions = questions,
          .terminal_rules = plan_.terminal,
          .recording = recording_,
          .masked = log ? std::optional(secrets_of(plan_)) : std::nullopt,
          .ways_out = can_detach() ? WaysOut::end_or_detach : WaysOut::end,
          .listener = &output_,
          .side = &side_,
          .images = plan_.pasted_images == TerminalRules::PastedImages::hand_over ? &images_ : nullptr,
          .first_shown = plan_.live ? plan_.live->terminal_modes : ""};
}

// A terminal that is gone ends what would be destroyed anyway. What was to be kept, or asked about, goes on.
bool CommandRun::goes_on_alone(const RelayOutcome& outcome) const {
  return can_detach() && (std::holds_alternative<UserDetached>(outcome) || (has_lost_terminal(outcome) && may_be_kept(plan_)));
}

void CommandRun::let_caller_go() {
  session_.update([](SessionRecord& record) { record.phase = SessionPhase::detached; });
  output_.keep_in(session_.directory());
  const UniqueFd messages = open_messages(session_.directory());
  if (caller_.say_detached) {
    caller_.say_detached(session_.record().id);
  }
  caller_.front->let_go(0, messages);
  alone_ = true;
}

RelayOutcome CommandRun::relay_alone(RemoteChannel& channel) {
  const PipeEnds no_input = make_pipe();  // nothing is typed, and it does not end
  const UniqueFd nowhere = open_file("/dev/null", O_WRONLY);
  return relay(channel, {.mode = RelayMode::pipes,
                         .input = no_input.read.get(),
                         .output = nowhere.get(),
                         .error_output = nowhere.get(),
                         .deadline = deadline_,
                         .vm_pidfd = vm_.ended.get(),
                         .recording = recording_,
                         .listener = &output_,
                         .side = &side_});
}

nlohmann::json CommandRun::answer(const nlohmann::json& request) {
  if (auto secrets = answer_about_secrets(request, plan_)) {
    return *secrets;
  }
  const std::string command = request.value("command", "");
  if (command == "snapshot") {
    return take_snapshot(request.value("name", ""));
  }
  if (command == "terminal") {
    return {{"held", held()},
            {"modes", output_.modes().repeat_sequence()},
            {"asks", plan_.asking != NetworkAsking::never}};
  }
  throw Error(ErrorKind::usage, "the session is of another version of agentbox, which does not know this");
}

nlohmann::json CommandRun::take_snapshot(const std::string& name) {
  const std::string& id = session_.record().id;
  const auto taken = take_live_snapshot(name.empty() ? free_snapshot_name(id, application_) : name,
                                        output_.modes().repeat_sequence(),
                                        held() ? Liveness::Command::held : Liveness::Command::on_pipes, plan_, vm_, session_, application_);
  return {{"snapshot", taken.name}, {"stood_still_ms", taken.stood_still.count()}, {"written_bytes", taken.written_bytes}};
}

}  // namespace agentbox
