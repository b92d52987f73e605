// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/commands/review.hpp"
#include "cli/commands/run_report.hpp"
#include "cli/commands/run_reports.hpp"
#include "cli/options/split.hpp"
#include "cli/options/unknown_word.hpp"
#include "cli/output.hpp"
#include "cli/report_error.hpp"
#include "cli/review/show_diff.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "relay/relay.hpp"
#include "session/agents.hpp"
#include "session/report.hpp"
#include "session/run.hpp"
#include "store/live_manifest.hpp"
#include "sys/wait.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace agentbox {

namespace {

bool takes_output(const LaunchOptions& options) { return options.json == "-"; }

Terminal terminal(const LaunchOptions& options) {
  return !takes_output(options) && choose_relay_mode() == RelayMode::terminal ? Terminal::present : Terminal::absent;
}

RunRequest complete_request(RunRequest request, const Application& application) {
  const auto agents = application.catalog.agent_names();
  if (request.kind == RunKind::agent && std::find(agents.begin(), agents.end(), request.agent) == agents.end()) {
    throw unknown_command(request.agent, agents);
  }
  if (request.directory) {
    const char* home = std::getenv("HOME");
    request.directory = expand_home(request.directory->string(), home == nullptr ? "" : home);
  }
  return request;
}

int print_plan(const RunPlan& plan, const LaunchOptions& options) {
  print(options.json ? describe_json(plan) + "\n" : describe(plan));
  return 0;
}

void show_warnings(const RunPlan& plan, Progress& progress, Verbosity verbosity) {
  if (plan.asking == NetworkAsking::no_terminal && verbosity == Verbosity::verbose) {
    progress.note("Without a terminal nobody is asked about hosts that the policy does not list; they are refused.");
  }
  for (const auto& warning : plan.warnings) {
    progress.note(warning);
  }
  if (plan.confinement == Confinement::none) {
    progress.note("QEMU runs unconfined: a guest that breaks out of it has all your rights.");
  }
}

/// A person who typed an agent's name for the first time is not surprised by minutes of building. Nobody else is asked.
void offer_to_install(const RunPlan& plan, const LaunchOptions& options, const Application& application,
                      const CommandContext& context) {
  if (terminal(options) == Terminal::absent || context.verbosity == Verbosity::quiet || options.json ||
      !must_install(plan, application)) {
    return;
  }
  const auto size = application.catalog.agent(plan.label).size;
  context.progress.finish();
  print_error_output("agentbox: " + plan.label + " is not installed yet. Build the image " + plan.base + " now, once (" +
                     (size ? "about " + size->to_string() + ", " : "") + "some minutes)? [Y/n] ");
  wait_readable(STDIN_FILENO, std::nullopt);
  char line[256];
  const ssize_t count = ::read(STDIN_FILENO, line, sizeof line);
  if (count <= 0 || line[0] == 'n' || line[0] == 'N') {
    throw Error(ErrorKind::environment, plan.label + " is not installed",
                "agentbox base build " + plan.base.substr(0, plan.base.rfind('+')) + " --agents " + plan.label + " installs it");
  }
}

/// A command that failed has said so itself.
void count_leftovers(RunResult& result, LaunchOptions::Strictness strictness) {
  constexpr int look_first = 123;
  if (strictness == LaunchOptions::Strictness::strict && result.exit_code == 0 && left_something(result.aftermath)) {
    result.exit_code = look_first;
    result.ending = RunEnding::guard_findings;
  }
}

// Before anything is started: a long session must not end in a patch that cannot be written.
void check_patch_out(const LaunchOptions& options, const RunPlan& plan) {
  if (!options.patch_out) {
    return;
  }
  if (!is_reviewed(plan.workspace)) {
    throw Error(ErrorKind::usage, "--patch-out is for changes that wait for review, and in mode " + to_string(plan.workspace) + " there are none",
                "add --workspace overlay, or copy");
  }
  const auto parent = std::filesystem::absolute(*options.patch_out).parent_path();
  if (::access(parent.c_str(), W_OK | X_OK) != 0) {
    throw system_error("cannot write " + escape_untrusted(*options.patch_out));
  }
}

// Also when nothing was changed: an empty one.
void write_patch_of(const RunResult& result, const std::filesystem::path& file, const Application& application) {
  if (result.changes.state == BroughtOut::State::failed) {
    throw Error(ErrorKind::backend, "there is no patch, since the changes of " + result.session + " could not be brought out",
                "agentbox diff " + result.changes.id + " --patch-out FILE tries it again");
  }
  const ChangeStore store = change_store(application);
  const std::string& id = result.changes.id;
  write_patch(file, id.empty() ? std::vector<Change>{} : store.load(id).changes, store.blobs_of(id));
}

/// For standard output when it was to be so from the start; else for who sees the prompt again.
void say_detached(const LaunchOptions& options, const std::string& session, const CommandContext& context) {
  if (options.json) {
    print_error_output(nlohmann::json{{"session", session}, {"detached", true}}.dump() + "\n");
  }
  if (options.request.attendance == Attendance::detached) {
    print(session + "\n");
  } else if (context.verbosity != Verbosity::quiet) {
    print_error_output("agentbox: " + session + " goes on; agentbox attach " + session + ", agentbox stop " + session + "\n");
  }
}

int launch(const LaunchOptions& options, const Application& application, const CommandContext& context, const RunReports& reports,
           Front* front) {
  const auto keys = options.action == LaunchOptions::Do::run ? KeyValues::fetch : KeyValues::leave;
  const Terminal asked = options.request.attendance == Attendance::detached ? Terminal::absent : terminal(options);
  const RunPlan plan = make_run_plan(complete_request(options.request, application), application, asked, keys);
  check_patch_out(options, plan);
  show_warnings(plan, context.progress, context.verbosity);
  if (options.action == LaunchOptions::Do::print_plan) {
    return print_plan(plan, options);
  }
  offer_to_install(plan, options, application, context);
  const auto began = std::chrono::steady_clock::now();
  RunResult result = run_session(
      plan, application,
      {.output = takes_output(options) ? RunCaller::Output::log : RunCaller::Output::as_called,
       .front = front,
       .say_detached = [&](const std::string& session) { say_detached(options, session, context); }});
  context.progress.finish();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);

  const bool wants_summary = context.verbosity == Verbosity::verbose ||
                             (context.verbosity == Verbosity::normal && terminal(options) == Terminal::present);
  print_error_output(closing_words(result, took, wants_summary ? Closing::summary : Closing::surprises_only));
  if (options.timings == LaunchOptions::Timings::show) {
    print_error_output(timings_text(result));
  }
  if (options.patch_out) {
    try {
      write_patch_of(result, *options.patch_out, application);
    } catch (const Error& error) {
      count_leftovers(result, options.strictness);
      archive_run(result, application);
      if (!result.rest) {
        throw;
      }
      // The VM that is kept does not go with it.
      print_error_output(error_text(error));
      reports.write(error, exit_code_of(error));
      result.rest->stay(front, exit_code_of(error));
      return exit_code_of(error);
    }
    result.patch = *options.patch_out;
  }
  count_leftovers(result, options.strictness);
  archive_run(result, application);
  reports.write(result);
  if (!options.json && context.verbosity != Verbosity::quiet) {
    offer_review(result, terminal(options) == Terminal::present ? Ask::on_terminal : Ask::nobody, context);
  }
  if (result.rest) {
    result.rest->stay(front, result.exit_code);
  }
  return result.exit_code;
}

/// In two processes if the session may go on without who called us.
int launch(const LaunchOptions& options, const Application& application, const CommandContext& context, const RunReports& reports) {
  const bool in_two = options.action == LaunchOptions::Do::run &&
                      may_outlast_caller(options.request, application, terminal(options));
  return in_two ? work_behind_front([&](Front& front) { return launch(options, application, context, reports, &front); })
                : launch(options, application, context, reports, nullptr);
}

/// Who wants a report gets one also when there was no run to report.
template <typename Action>
int with_reports(const LaunchOptions& options, const CommandContext& context, Action action) {
  if (takes_output(options) && options.request.attendance == Attendance::detached) {
    throw Error(ErrorKind::usage, "with --detach nobody waits for the result that --json=- would print", "--json=FILE gets it when the session ends.");
  }
  const RunReports reports(options);
  const auto report = [&](const Error& error) {
    context.progress.finish();
    print_error_output(error_text(error));
    reports.write(error, exit_code_of(error));
    return exit_code_of(error);
  };
  try {
    return action(reports);
  } catch (const Error& error) {
    if (reports.empty()) {
      throw;
    }
    return report(error);
  } catch (const std::exception& error) {
    if (reports.empty()) {
      throw;
    }
    return report(as_bug(error));
  }
}

/// What a snapshot's session ran is what it is resumed with, unless the user wants a shell.
RunRequest resume_request(const ResumeOptions& options, const Application& application) {
  RunRequest request = options.launch.request;
  const SnapshotManifest snapshot =
      SnapshotStore(application.directories.data / "snapshots").load(*request.resume_snapshot);
  const auto agents = application.catalog.agent_names();
  const bool has_agent = std::find(agents.begin(), agents.end(), snapshot.agent) != agents.end();
  // Its command goes on, unless something else is wanted of it.
  const bool goes_on = is_live_snapshot(SnapshotStore(application.directories.data / "snapshots").directory_of(*request.resume_snapshot)) &&
                       options.start == ResumeOptions::Start::as_before && request.arguments.empty() && request.start == StartMethod::fork;
  request.resume_from = goes_on ? ResumeFrom::memory : ResumeFrom::disk;
  if (options.start == ResumeOptions::Start::as_before && has_agent) {
    request.kind = RunKind::agent;
    request.agent = snapshot.agent;
  } else {
    const bool command = !request.arguments.empty() || (goes_on && snapshot.agent == "run");
    request.kind = command ? RunKind::command : RunKind::shell;
  }
  return request;
}

}  // namespace

int execute(const LaunchOptions& options, const CommandContext& context) {
  return with_reports(options, context, [&](const RunReports& reports) { return launch(options, context.open(), context, reports); });
}

int execute(const ResumeOptions& options, const CommandContext& context) {
  return with_reports(options.launch, context, [&](const RunReports& reports) {
    const Application application = context.open();
    LaunchOptions launch_options = options.launch;
    launch_options.request = resume_request(options, application);
    return launch(launch_options, application, context, reports);
  });
}

}  // namespace agentbox
