// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/run.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "session/aftermath.hpp"
#include "session/agent_settings.hpp"
#include "session/before_image.hpp"
#include "session/bring_out.hpp"
#include "session/desk.hpp"
#include "session/ending.hpp"
#include "session/guest_command.hpp"
#include "session/held_output.hpp"
#include "session/live_snapshot.hpp"
#include "session/network_questions.hpp"
#include "session/outcome.hpp"
#include "session/published_listener.hpp"
#include "session/recording.hpp"
#include "session/session_network.hpp"
#include "session/session_vm.hpp"
#include "session/template_cache.hpp"
#include "session/timings.hpp"
#include "store/session_store.hpp"
#include "store/snapshot_store.hpp"
#include "sys/files.hpp"
#include "sys/signals.hpp"

namespace agentbox {
namespace {

// Bringing a workspace of many files to the guest may take its time.
constexpr std::chrono::minutes preparation_limit{30};

ProcessIdentity identity_of(pid_t pid) { return {.pid = pid, .start_time = process_start_time(pid).value_or(0)}; }

SessionHandle open_session(const RunPlan& plan, SessionStore& store) {
  SessionHandle session = store.create(plan.label);
  session.update([&](SessionRecord& record) {
    record.project = plan.project;
    record.workspace = to_string(plan.workspace);
    record.writable = writable_directories(plan);
    record.base = plan.base;
    record.policy = plan.policy;
    record.guest_user = plan.user;
  });
  return session;
}

void record_vm(SessionHandle& session, const SessionVm& vm, const MachineIdentity& identity) {
  session.update([&](SessionRecord& record) {
    record.phase = SessionPhase::running;
    record.vm = identity_of(vm.machine.pid());
    if (const auto* dial = std::get_if<DialSocket>(&vm.endpoint.server)) {
      record.dial_socket = dial->path;
    } else {
      record.ssh_port = std::get<TcpAddress>(vm.endpoint.server).port.number();
    }
    record.base_build = vm.base.directory;
    record.host_key = vm.being_prepared || vm.control ? identity.host_key.public_key : vm.base.host_key;
    record.template_directory = vm.forked_from ? vm.forked_from->machine.directory.string() : "";
  });
}

// Removes what is left of a session that did not come to its regular end. The disk may hold work only once the command ran.
class Abandon {
 public:
  explicit Abandon(SessionHandle& session) : session_(session) {}
  Abandon(const Abandon&) = delete;
  Abandon& operator=(const Abandon&) = delete;
  ~Abandon() {
    if (armed_) {
      session_.remove();
    }
  }
  void disarm() { armed_ = false; }

 private:
  SessionHandle& session_;
  bool armed_ = true;
};

bool may_be_kept(const RunPlan& plan) { return plan.on_exit == OnExit::keep || plan.on_exit == OnExit::ask; }

void open_ports(const RunPlan& plan, SessionVm& vm, std::vector<PublishedListener> published) {
  for (const auto& [guest, host] : plan.forwards) {
    vm.ssh.forward_guest_port(guest, host);
  }
  for (auto& [listener, guest] : published) {
    vm.ssh.publish(std::move(listener), guest);
  }
}

std::string free_snapshot_name(const std::string& session, const Application& application) {
  const SnapshotStore snapshots(application.directories.data / "snapshots");
  for (int number = 1;; ++number) {
    const std::string name = session + "-" + std::to_string(number);
    if (!std::filesystem::exists(snapshots.directory_of(name))) {
      return name;
    }
  }
}

// The session's command, before the eyes of whoever waits for us, and then perhaps without any.
class CommandRun {
 public:
  CommandRun(const RunPlan& plan, const Application& application, SessionVm& vm, SessionHandle& session, RelayMode mode,
             const RunCaller& caller, CastWriter* recording)
      : plan_(plan),
        application_(application),
        vm_(vm),
        session_(session),
        mode_(mode),
        caller_(caller),
        recording_(recording),
        desk_(session.directory(), [this](const nlohmann::json& request) { return answer(request); }) {
    if (plan.timeout) {
      deadline_ = Clock::now() + *plan.timeout;
    }
    if (plan.live) {
      output_.take_over(plan.live->terminal_modes);
    }
  }

  RelayOutcome run(const MachineIdentity& identity, const SharedDirectories& directories, std::optional<NetworkQuestions>& questions) {
    const auto channel = vm_.ssh.start(plan_.live
                                           ? attach_command(mode_)
                                           : session_command(plan_, identity, directories, mode_,
                                                             vm_.being_prepared ? Machine::prepared : Machine::unprepared));
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

  [[nodiscard]] bool alone() const { return alone_; }

 private:
  // A held command can go on without a terminal; we can if somebody else is waited for.
  [[nodiscard]] bool held() const { return mode_ == RelayMode::terminal || plan_.live; }
  [[nodiscard]] bool can_detach() const { return held() && caller_.front != nullptr; }

  [[nodiscard]] RelayOptions attended(AskSource* questions) {
    return {.mode = mode_,
            .deadline = deadline_,
            .vm_pidfd = vm_.ended.get(),
            .questions = questions,
            .terminal_rules = plan_.terminal,
            .recording = recording_,
            .ways_out = can_detach() ? WaysOut::end_or_detach : WaysOut::end,
            .listener = &output_,
            .side = &desk_,
            .first_shown = plan_.live ? plan_.live->terminal_modes : ""};
  }

  [[nodiscard]] static bool has_lost_terminal(const RelayOutcome& outcome) {
    const auto* signaled = std::get_if<Signaled>(&outcome);
    return signaled != nullptr && signaled->signal_number == SIGHUP;
  }

  // A terminal that is gone ends what would be destroyed anyway. What was to be kept, or asked about, goes on.
  [[nodiscard]] bool goes_on_alone(const RelayOutcome& outcome) const {
    return can_detach() && (std::holds_alternative<UserDetached>(outcome) || (has_lost_terminal(outcome) && may_be_kept(plan_)));
  }

  void let_caller_go() {
    session_.update([](SessionRecord& record) { record.phase = SessionPhase::detached; });
    output_.keep_in(session_.directory());
    const UniqueFd messages = open_messages(session_.directory());
    if (caller_.say_detached) {
      caller_.say_detached(session_.record().id);
    }
    caller_.front->let_go(0, messages);
    alone_ = true;
  }

  RelayOutcome relay_alone(RemoteChannel& channel) {
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
                           .side = &desk_});
  }

  nlohmann::json answer(const nlohmann::json& request) {
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

  nlohmann::json take_snapshot(const std::string& name) {
    const std::string& id = session_.record().id;
    if (!held()) {
      throw Error(ErrorKind::usage, "session " + id + " cannot be saved while it runs: its command is bound to pipes of this machine's",
                  "start it on a terminal, or with --detach");
    }
    const auto taken = take_live_snapshot(name.empty() ? free_snapshot_name(id, application_) : name,
                                          output_.modes().repeat_sequence(), plan_, vm_, session_, application_);
    return {{"snapshot", taken.name}, {"stood_still_ms", taken.stood_still.count()}, {"written_bytes", taken.written_bytes}};
  }

  const RunPlan& plan_;
  const Application& application_;
  SessionVm& vm_;
  SessionHandle& session_;
  RelayMode mode_;
  const RunCaller& caller_;
  CastWriter* recording_;
  Desk desk_;
  HeldOutput output_;
  std::optional<Deadline> deadline_;
  bool alone_ = false;
};

// Only now: while the command runs the terminal is its own.
void say_if_publishing_failed(const SessionVm& vm, const RunPlan& plan, Progress& progress) {
  if (vm.ssh.forwarding_refused()) {
    progress.note("The VM's ports could not be reached from this machine: the SSH server of its base \"" + plan.base +
                  "\" forwards none (AllowTcpForwarding). A new build does: agentbox base build " + plan.base);
  }
}

void say_that_kept_disk_is_damaged(Progress& progress) {
  progress.note("The file system of this project's kept hot directories is damaged; in this session they are empty, and not kept.");
}

// QEMU before 8.2 has the template's memory open for writing: what broke out of a VM may have changed it for all that come later.
void check_template(const SessionVm& vm, Progress& progress) {
  const auto changed = vm.forked_from ? changed_file(vm.forked_from->machine) : std::nullopt;
  if (changed && !vm.forked_from->machine.quarantine) {
    TemplateStore::quarantine(vm.forked_from->machine, *changed + " while a session ran from it");
    progress.note("While this session ran, the template that it was forked from was changed (" + *changed +
                  "). It is not used any more; end other sessions that run from it: agentbox template ls");
  }
}

// A VM that is gone, or that the user turned away from while it hung, has nothing left to keep.
bool can_be_kept(const RelayOutcome& outcome, SessionVm& vm) {
  return vm.machine.running() && !std::holds_alternative<ConnectionLost>(outcome);
}

// Who left by Enter ~ . does not want to wait for it.
bool answers(const RelayOutcome& outcome, SessionVm& vm) {
  return can_be_kept(outcome, vm) && !std::holds_alternative<UserEscaped>(outcome);
}

// What is left of the command reaches nothing any more, unless the VM may be kept as it is.
enum class After { ends, may_go_on };
EgressSummary network_of(std::optional<GatewayProcess>& gateway, After after) {
  if (!gateway) {
    return {};
  }
  if (after == After::ends) {
    return gateway->stop();
  }
  try {
    return gateway->status();
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    return {};  // it has died
  }
}

nlohmann::json aftermath_json(const Aftermath& aftermath) {
  nlohmann::json leftovers = nlohmann::json::array();
  for (const auto& [path, what, by] : aftermath.leftovers) {
    leftovers.push_back({{"path", path}, {"what", what}, {"runs_in", by}});
  }
  return {{"leftovers", leftovers}, {"undo", aftermath.undo}, {"problem", aftermath.problem}};
}

// The project's, and in "mounts" those of further directories.
nlohmann::json guard_json(const std::vector<Aftermath>& aftermaths) {
  nlohmann::json guard = aftermath_json({});
  nlohmann::json mounts = nlohmann::json::array();
  for (const auto& aftermath : aftermaths) {
    if (aftermath.of == Aftermath::Of::project) {
      guard.update(aftermath_json(aftermath));
    } else {
      mounts.push_back(aftermath_json(aftermath));
      mounts.back()["directory"] = aftermath.directory;
    }
  }
  guard["mounts"] = std::move(mounts);
  return guard;
}

}  // namespace

RunResult run_session(const RunPlan& plan, const Application& application, const RunCaller& caller) {
  Timings timings;
  const RelayMode mode = plan.attendance == Attendance::detached ? RelayMode::terminal : choose_relay_mode();
  SessionStore store(application.directories.state / "sessions");
  recover_and_tell(application);
  for (const auto& cleaned : store.clean_crashed()) {
    application.progress.note("Cleaned up after session " + cleaned + ", whose launcher had been killed.");
  }
  tell_aftermath_of_others(application);
  SharedDirectories directories = open_directories(plan, application);
  std::optional<KeptDisk> kept_disk = open_hot(plan, application, directories);
  const ImageContext context = application.image_context(plan.confinement, plan.host_ca);

  std::vector<PublishedListener> published = listen_for(plan.published);
  SessionHandle session = open_session(plan, store);
  Abandon abandon(session);
  add_settings(plan, session.directory() / "settings", application.progress, directories);
  BeforeImage before(plan, session, application);
  note_hot_places(plan, kept_disk, session.directory());
  const auto recording = begin_recording(plan, session.record().id, application);
  const MachineIdentity identity = make_identity(session.record().id);
  SessionVm vm = start_session_vm(plan, identity, directories, session.directory() / vm_directory_name, context, timings);
  // Declared after the VM, so it goes first: without it the guest reaches nothing.
  std::optional<GatewayProcess> gateway;
  if (vm.room) {
    gateway.emplace(
        start_gateway(plan, session.record().id, session.directory(), std::move(vm.listeners), application.shipped));
    timings.lap("gateway");
  }
  std::optional<NetworkQuestions> questions;
  if (gateway && plan.asking == NetworkAsking::on_terminal) {
    questions.emplace(open_questions(session.directory()), plan.project.string(), plan.policy, application);
  }
  if (vm.being_prepared) {
    const auto ready = vm.being_prepared->await_ready(Clock::now() + preparation_limit, vm.ended.get());
    if (ready == ParkedGuest::Ready::without_kept_disk) {
      say_that_kept_disk_is_damaged(application.progress);
      kept_disk.reset();  // QEMU has it still; it never counts as whole again
    }
    timings.lap("prepare");
  }
  record_vm(session, vm, identity);
  note_disk(plan, vm, session);
  before.await();
  timings.lap("look at the project");
  application.progress.finish();

  open_ports(plan, vm, std::move(published));
  CommandRun command(plan, application, vm, session, mode, caller, recording.get());
  const RelayOutcome outcome = command.run(identity, directories, questions);
  if (recording) {
    recording->finish();
    if (!recording->problem().empty()) {
      application.progress.note(recording->problem());
    }
  }
  if (questions && !questions->problem().empty()) {
    application.progress.note(questions->problem());
  }
  timings.lap("command");
  abandon.disarm();
  say_if_publishing_failed(vm, plan, application.progress);

  RunResult result{.session = session.record().id,
                   .exit_code = exit_code_of(outcome),
                   .outcome = describe(outcome),
                   .start = plan.live ? "snapshot" : vm.forked_from ? "fork" : "cold",
                   .kept = {},
                   .timings = {},
                   .network = {},
                   .recording = recording ? recording->file().string() : "",
                   .changes = {},
                   .aftermath = {},
                   .rest = {}};
  result.network = network_of(gateway, can_be_kept(outcome, vm) && may_be_kept(plan) ? After::may_go_on : After::ends);
  session.update([&](SessionRecord& record) {
    record.phase = SessionPhase::stopping;
    record.outcome = result.outcome;
  });
  result.changes = save_changes(plan, vm, session, application);
  if (result.changes.state == BroughtOut::State::failed) {
    result.kept = "unsaved";
    keep_unsaved(vm, session);
  } else {
    const OnExit ending = can_be_kept(outcome, vm) ? decide_ending(plan, command.alone() ? Audience::nobody : Audience::user) : OnExit::destroy;
    if (ending == OnExit::keep) {
      session.update([](SessionRecord& record) { record.phase = SessionPhase::kept; });
      result.kept = "kept";
      result.rest = std::make_unique<KeptSession>(plan, application, std::move(session), std::move(vm), std::move(gateway),
                                                  std::move(directories.history_lock));
    } else {
      const bool whole = kept_disk && answers(outcome, vm) && freeze_kept_disk(vm.ssh) == Frozen::yes;
      result.kept = end_session(ending, plan, vm, session, application);
      command.alone() ? session.retire() : session.remove();
      if (whole) {
        mark_whole(kept_disk->directory());
      }
    }
  }
  if (result.kept != "kept") {
    check_template(vm, application.progress);
  }
  if (vm.template_came == EnsuredTemplate::Came::made) {
    expire_templates(application);  // now, when nobody waits for a VM
  }
  // Now that nothing in there runs any more, unless it was kept.
  result.aftermath = aftermath_of_directories(
      result.session, result.kept == "kept" ? Afterwards::session_goes_on : Afterwards::session_ends, application);
  if (is_reviewed(plan.workspace)) {
    result.aftermath.insert(result.aftermath.begin(), aftermath_of_changes(result.changes, plan.project, application));
  }
  timings.lap("end");
  application.progress.finish();
  result.timings = timings.phases();
  return result;
}

std::string to_json(const RunResult& result) {
  nlohmann::json timings = nlohmann::json::object();
  for (const auto& [phase, duration] : result.timings) {
    timings[phase] = duration.count();
  }
  nlohmann::json refusals = nlohmann::json::array();
  for (const auto& refusal : result.network.refusals) {
    refusals.push_back({{"to", refusal.to}, {"rule", refusal.rule}, {"count", refusal.count}});
  }
  const nlohmann::json network = {{"allowed", result.network.allowed},
                                  {"refused", result.network.refused},
                                  {"failed", result.network.failed},
                                  {"bytes_up", result.network.bytes_up},
                                  {"bytes_down", result.network.bytes_down},
                                  {"refusals", refusals},
                                  {"log",
                                   {{"lines", result.network.log_lines},
                                    {"hash", result.network.log_hash},
                                    {"lost", result.network.lost_records}}}};
  return nlohmann::json{{"session", result.session}, {"exit_code", result.exit_code}, {"outcome", result.outcome},
                        {"start", result.start},     {"kept", result.kept},           {"timings_ms", timings},
                        {"network", network},        {"model", result.network.broker},
                        {"recording", result.recording.empty() ? nlohmann::json(nullptr) : nlohmann::json(result.recording)},
                        {"changes", {{"session", result.changes.id}, {"count", result.changes.count}}},
                        {"guard", guard_json(result.aftermath)}}
      .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace agentbox
