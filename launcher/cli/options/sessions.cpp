// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

namespace {

constexpr const char* session_help = "Session: its id, the beginning of it, or \"last\"";

}  // namespace

void define_exec(Definitions& all) {
  auto [app, options] = add_command<ExecOptions>(all, {"exec"}, "Run one more command in a session's VM",
                                                 "agentbox exec claude-7k2m9d           a shell beside the agent\n"
                                                 "agentbox exec last -- git log -3\n"
                                                 "agentbox exec last --root -- apt-get install -y jq\n");
  add_argument(app, "SESSION", session_help, options.request.session);
  app.add_flag_callback(
      "--root", [&run_as = options.request.run_as] { run_as = RunAs::root; }, "Run it as root of the guest");
  add_raw_terminal(app, options.request.terminal_filter);
  add_record(app, options.record);
}

void define_attach(Definitions& all) {
  auto [app, options] = add_command<AttachOptions>(all, {"attach"}, "Look at the command of a session, and type to it",
                                                   "agentbox --detach claude -p \"fix the failing test\"\n"
                                                   "agentbox attach claude-7k2m9d         Enter ~ . leaves it again\n"
                                                   "agentbox attach last\n");
  add_argument(app, "SESSION", session_help, options.session);
  add_record(app, options.record);
}

void define_ls(Definitions& all) {
  auto [app, options] =
      add_command<ListSessions>(all, {"ls"}, "List sessions, or what takes up disk space",
                                "agentbox ls\n"
                                "agentbox ls --disk                    bases, templates, snapshots, too\n"
                                "agentbox ls --json | jq -r '.[].id'\n");
  add_format(app, options.format);
  app.add_flag_callback(
      "--disk", [&of = options.of] { of = ListSessions::Of::disk_use; },
      "List what agentbox keeps on disk, with the space it occupies");
}

void define_stop(Definitions& all) {
  auto [app, options] =
      add_command<StopSessions>(all, {"stop"}, "End sessions as their policy says", "agentbox stop claude-7k2m9d\n");
  add_arguments(app, "SESSION", session_help, options.sessions);
  add_verbosity(app, all.result);
}

void define_rm(Definitions& all) {
  auto [app, options] = add_command<RemoveSessions>(all, {"rm"}, "End sessions and remove what is left of them",
                                                    "agentbox rm claude-7k2m9d shell-aaaaaa\n"
                                                    "agentbox rm $(agentbox ls -q)         all of them\n");
  add_arguments(app, "SESSION", session_help, options.sessions);
  app.add_flag_callback(
      "--discard", [&unseen = options.unseen] { unseen = Unseen::discard; },
      "Also those whose disk holds changes that nobody has seen");
  add_verbosity(app, all.result);
}

void define_gc(Definitions& all) {
  auto [app, options] =
      add_command<CollectGarbage>(all, {"gc"}, "Remove what crashed sessions left and what nothing needs",
                                  "agentbox gc                           safe at any time\n");
  static_cast<void>(options);
  add_verbosity(app, all.result);
}

void define_logs(Definitions& all) {
  auto [app, options] = add_command<ShowLogs>(
      all, {"logs"}, "Print what happened in a session, also when it is over",
      "agentbox logs last                    facts, phases, network, output, messages\n"
      "agentbox logs -f last                 and what is added, until it is over\n"
      "agentbox logs --json last             the same for programs\n"
      "agentbox logs --egress last           what it reached, line by line\n"
      "agentbox logs --verify last           whether that log is as it was written\n"
      "agentbox logs --paths last            where the files are\n");
  add_argument(app, "LOGGED", "A session, also one that is over: its id, the beginning of it, or \"last\"", options.session);
  auto* follow = app.add_flag_callback(
      "-f,--follow", [&until = options.until] { until = ShowLogs::Until::end_of_session; },
      "Go on with what is added, until the session is over");
  auto* json = app.add_flag_callback(
      "--json", [&format = options.format] { format = Format::json; }, "Print it as JSON");
  auto* paths = app.add_flag_callback(
      "--paths", [&print = options.print] { print = ShowLogs::Print::paths; }, "Print the names of the files instead");
  auto* egress = app.add_flag_callback(
      "--egress", [&print = options.print] { print = ShowLogs::Print::egress; },
      "Print what it reached or was refused, one line of JSON each");
  auto* verify = app.add_flag_callback(
      "--verify", [&print = options.print] { print = ShowLogs::Print::egress_check; },
      "Check that nothing in that log was changed");
  json->excludes(follow)->excludes(paths)->excludes(egress)->excludes(verify);
  follow->excludes(paths)->excludes(verify);
}

void define_top(Definitions& all) {
  auto [app, options] = add_command<ShowTop>(all, {"top"}, "Show what live sessions use: processor, memory, disk, network, tokens",
                                             "agentbox top                          a: attach, s: stop, w: allow a host\n"
                                             "agentbox top --once                   a table, and nothing more\n"
                                             "agentbox top --json\n");
  app.add_flag_callback(
      "--once", [&print = options.print] { print = ShowTop::Print::once; }, "Print a table once, also on a terminal");
  app.add_flag_callback(
      "--json",
      [&options = options] {
        options.print = ShowTop::Print::once;
        options.format = Format::json;
      },
      "Print it once, as JSON");
}

void define_report(Definitions& all) {
  auto [app, options] = add_command<ShowReport>(all, {"report"}, "Show what a session that is over has done, as an HTML page",
                                                "agentbox report last -o report.html\n"
                                                "agentbox report claude-7k2m9d > report.html\n");
  add_argument(app, "ENDED", "A session that is over, the beginning of its id, or \"last\"", options.session);
  app.add_option_function<std::string>(
         "-o,--output", [&file = options.file](const std::string& name) { file = name; }, "Write it to this file (default: standard output)")
      ->type_name("FILE");
  add_verbosity(app, all.result);
}

void define_play(Definitions& all) {
  auto [app, options] = add_command<PlayRecording>(all, {"play"}, "Play what was recorded of a session",
                                                   "agentbox play last                    space: pause, q: stop\n"
                                                   "agentbox play --speed 2 --idle-limit 1 claude-7k2m9d\n"
                                                   "agentbox play ./session.cast\n");
  add_argument(app, "RECORDING", "A session that was recorded, the beginning of its id, \"last\", or a file", options.recording);
  constexpr double fastest = 1000;
  app.add_option("--speed", options.speed, "So many times as fast (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(0.01, fastest).description(""));
  app.add_option("--idle-limit", options.idle_limit, "Make no pause longer than this many seconds")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 86400.0).description(""));
}

}  // namespace agentbox
