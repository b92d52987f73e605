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
#include "session/command_run.hpp"
#include "session/ending.hpp"
#include "session/guest_command.hpp"
#include "session/lost_vm.hpp"
#include "session/network_questions.hpp"
#include "session/outcome.hpp"
#include "session/published_listener.hpp"
#include "session/recording.hpp"
#include "session/session_network.hpp"
#include "session/session_vm.hpp"
#include "session/template_cache.hpp"
#include "session/timings.hpp"
#include "session/usage_watch.hpp"
#include "store/session_store.hpp"
#include "store/snapshot_store.hpp"
#include "sys/bubblewrap.hpp"
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

void open_ports(const RunPlan& plan, SessionVm& vm, std::vector<PublishedListener> published) {
  for (const auto& [guest, host] : plan.forwards) {
    vm.ssh.forward_guest_port(guest, host);
  }
  for (auto& [listener, guest] : published) {
    vm.ssh.publish(std::move(listener), guest);
  }
}

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

// SIGALRM ends whatever we wait for: the relay, an image build, a guest that does not answer.
class TimeLimit {
 public:
  explicit TimeLimit(std::optional<std::chrono::seconds> time) { end_after(time.value_or(std::chrono::seconds{})); }
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;
  ~TimeLimit() { end_after(std::chrono::seconds{}); }
};

// What a session's work is brought out in, once its command is over: that is not to be lost by a limit that the command has used up.
constexpr std::chrono::minutes time_for_the_end{15};

constexpr std::chrono::seconds time_between_samples{5};

RelayMode mode_of(const RunPlan& plan, const RunCaller& caller) {
  if (plan.attendance == Attendance::detached) {
    return RelayMode::terminal;
  }
  return caller.output == RunCaller::Output::log ? RelayMode::pipes : choose_relay_mode();
}

// Who does not want to wait for them any more still wants the rest of the end.
Artifacts collect_artifacts(const ArtifactCollector& collector, const RelayOutcome& outcome, SessionVm& vm, const SessionHandle& session,
                            Progress& progress) {
  Artifacts artifacts = collector.missed("the VM did not answer any more");
  try {
    if (answers(outcome, vm)) {
      artifacts = collector.collect(vm.ssh, session.directory());
    }
  } catch (const Interrupted&) {
    artifacts = collector.missed("it was interrupted");
  }
  for (const auto& problem : artifacts.problems) {
    progress.note(problem);
  }
  return artifacts;
}

std::vector<std::pair<std::string, std::string>> versions_of(const RunPlan& plan, const SessionVm& vm) {
  std::vector<std::pair<std::string, std::string>> versions{{"agentbox", own_version()}};
  if (const auto agent = vm.base.versions.find(plan.label); agent != vm.base.versions.end()) {
    versions.emplace_back(*agent);
  }
  return versions;
}

// Agents make little of a refused call: some leave with exit code 0. Where nobody watches, the code is what counts.
void count_reached_limit(RelayMode mode, RunResult& result) {
  result.limit = reached_cap(result.network.broker);
  const bool by_itself = result.ending == RunEnding::succeeded || result.ending == RunEnding::failed;
  if (!result.limit.empty() && by_itself && mode == RelayMode::pipes) {
    result.ending = RunEnding::limit_reached;
    result.exit_code = exit_code_of(LimitReached{});
  }
}

RunResult run_whole_session(const RunPlan& plan, const Application& application, const RunCaller& caller) {
  const auto started = std::chrono::system_clock::now();
  Timings timings;
  const RelayMode mode = mode_of(plan, caller);
  SessionStore store(application.directories.state / "sessions");
  const ArtifactCollector artifacts(plan, store.list());
  recover_and_tell(application);
  const auto crashed = store.clean_crashed();
  for (const auto& cleaned : crashed) {
    application.progress.note("Cleaned up after session " + cleaned + ", whose launcher had been killed.");
  }
  if (!crashed.empty()) {
    end_orphaned_sandboxes({application.directories.data, application.directories.state});
  }
  tell_aftermath_of_others(application);
  SharedDirectories directories = open_directories(plan, application);
  std::optional<KeptDisk> kept_disk = open_hot(plan, application, directories);
  const ImageContext context = application.image_context(plan.confinement, plan.host_ca);

  std::vector<PublishedListener> published = listen_for(plan.published);
  SessionHandle session = open_session(plan, store);
  Abandon abandon(session);
  add_settings(plan, session.directory() / "settings", application.progress, directories);
  if (directories.copies && !directories.copies->kept.empty()) {
    write_file_atomically(session.directory() / keeps_conversations_name, "");
  }
  BeforeImage before(plan, session, application);
  note_hot_places(plan, kept_disk, session.directory());
  const auto recording = begin_recording(plan, session.record().id, application);
  const MachineIdentity identity = make_identity(session.record().id);
  const BeginGateway serve = [&](RoomListeners listeners) {
    return begin_gateway(plan, session.record().id, session.directory(), std::move(listeners), application.shipped);
  };
  SessionVm vm = start_session_vm(plan, identity, directories, session.directory() / vm_directory_name, context, serve, timings);
  // Declared after the VM, so it goes first: without it the guest reaches nothing.
  std::optional<GatewayProcess> gateway;
  if (vm.gateway) {
    gateway.emplace(await_gateway(std::move(*vm.gateway)));
    vm.gateway.reset();
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
  std::optional<UsageWatch> usage_watch;
  if (gateway && plan.broker && mode == RelayMode::pipes) {
    command.serve(usage_watch.emplace([&gateway] { return gateway->status().broker; }, UsageWatch::Times()));
  }
  ResourceSampler sampler([&] { return take_sample(vm.machine.pid(), session.directory() / vm_directory_name / "disk.qcow2",
                                                   gateway ? gateway->status() : EgressSummary{}); },
                          time_between_samples);
  command.serve(sampler);
  RelayOutcome outcome = command.run(identity, directories, questions);
  sampler.finish();
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
  add_cause(outcome, vm);
  // A guest that sends its changes or artifacts for ever holds up nobody who set a limit, or who is not there to see it.
  const bool bounded = plan.max_time || plan.timeout || mode == RelayMode::pipes;
  if (bounded) {
    end_after(time_for_the_end);
  }
  say_if_publishing_failed(vm, plan, application.progress);

  RunResult result{.session = session.record().id,
                   .label = plan.label,
                   .policy = plan.policy,
                   .workspace = to_string(plan.workspace),
                   .project = plan.project,
                   .base = plan.base,
                   .versions = versions_of(plan, vm),
                   .started = started,
                   .ending = ending_of(outcome),
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
  count_reached_limit(mode, result);
  session.update([&](SessionRecord& record) {
    record.phase = SessionPhase::stopping;
    record.outcome = result.outcome;
  });
  if (can_be_kept(outcome, vm)) {
    keep_conversations(directories, vm.ssh, application.progress);
  }
  result.changes = save_changes(plan, vm, session, application);
  result.artifacts = collect_artifacts(artifacts, outcome, vm, session, application.progress);
  if (bounded) {
    end_after(time_for_the_end);
  }
  if (result.changes.state == BroughtOut::State::failed) {
    result.kept = "unsaved";
    keep_unsaved(vm, session);
  } else {
    const OnExit ending = can_be_kept(outcome, vm) ? decide_ending(plan, command.alone() ? Audience::nobody : Audience::user) : OnExit::destroy;
    if (bounded) {
      end_after(time_for_the_end);  // the user may have taken all of it to answer
    }
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
  result.samples = sampler.samples();
  return result;
}

}  // namespace

RunResult run_session(const RunPlan& plan, const Application& application, const RunCaller& caller) {
  const TimeLimit limit(plan.max_time);
  try {
    return run_whole_session(plan, application, caller);
  } catch (const Interrupted& interrupted) {
    if (interrupted.signal_number() != SIGALRM) {
      throw;
    }
    application.progress.finish();
    if (!plan.max_time) {
      throw Error(ErrorKind::timed_out, "the session's end took more than " + std::to_string(time_for_the_end.count()) + " minutes", "What it has left: agentbox ls");
    }
    throw Error(ErrorKind::timed_out, "the time for the whole run was over (--max-time " + std::to_string(plan.max_time->count()) + "s)",
                "The first run on a machine builds images, which takes minutes: agentbox template prewarm does that beforehand.");
  }
}

}  // namespace agentbox
