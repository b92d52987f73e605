// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"
#include "config/network_fields.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace agentbox {

namespace {

/// An option whose value is not just text. What parse says about a wrong value gets the option's name in front.
template <typename Value>
void add_parsed(CLI::App& app, const std::string& name, const std::string& type, const std::string& description,
                Value (*parse)(const std::string&), std::optional<Value>& target) {
  app.add_option_function<std::string>(
         name,
         [name, parse, &target](const std::string& text) {
           try {
             target = parse(text);
           } catch (const Error& error) {
             throw Error(ErrorKind::usage, name + ": " + error.what(), error.hint());
           }
         },
         description)
      ->type_name(type)
      ->take_last();
}

void add_text(CLI::App& app, const std::string& name, const std::string& type, const std::string& description,
              std::optional<std::string>& target) {
  app.add_option_function<std::string>(
         name, [&target](const std::string& text) { target = text; }, description)
      ->type_name(type)
      ->take_last();
}

/// An option that may be given several times, with one value each (and does not swallow the words behind it).
void add_repeatable(CLI::App& app, const std::string& name, const std::string& type, const std::string& description,
                    const std::function<void(const std::string&)>& add) {
  app.add_option_function<std::vector<std::string>>(
         name,
         [add](const std::vector<std::string>& values) {
           for (const auto& value : values) {
             add(value);
           }
         },
         description)
      ->type_name(type)
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
}

ByteSize parse_size(const std::string& text) { return ByteSize::parse(text); }
std::chrono::seconds parse_time(const std::string& text) { return parse_duration(text); }

int parse_cpus(const std::string& text) {
  const bool digits = !text.empty() && text.size() <= 2 && text.find_first_not_of("0123456789") == std::string::npos;
  const int cpus = digits ? std::stoi(text) : 0;
  if (cpus < 1 || cpus > 64) {
    throw Error(ErrorKind::usage, "\"" + escape_untrusted(text, 80) + "\" is no number of processors from 1 to 64");
  }
  return cpus;
}

std::string parse_snapshot_name(const std::string& text) {
  if (!is_plain_name(text)) {
    throw Error(ErrorKind::usage, "\"" + escape_untrusted(text, 80) + "\" cannot be a snapshot's name",
                "Use up to 63 lower-case letters, digits and any of . _ + -, with a letter or digit first.");
  }
  return text;
}

std::pair<Port, Port> parse_host_port(const std::string& text) {
  try {
    const auto colon = text.find(':');
    const Port host = Port::parse(colon == std::string::npos ? text : text.substr(colon + 1));
    return {colon == std::string::npos ? host : Port::parse(text.substr(0, colon)), host};
  } catch (const Error& error) {
    throw Error(ErrorKind::usage, std::string("--host-port: ") + error.what(),
                "Write --host-port PORT, or --host-port GUEST:HOST when the numbers differ.");
  }
}

PublishedPort parse_publish(const std::string& text) {
  try {
    return parse_published_port(text);
  } catch (const Error& error) {
    throw Error(error.kind(), std::string("--publish: ") + error.what(), error.hint());
  }
}

Money parse_dollars(const std::string& text) { return Money::parse(text); }

ProjectFileUse parse_project_file_use(const std::string& word) {
  if (word != "use" && word != "ignore") {
    throw Error(ErrorKind::usage, "--project-file: \"" + escape_untrusted(word, 80) + "\" is neither use nor ignore");
  }
  return word == "use" ? ProjectFileUse::use : ProjectFileUse::ignore;
}

std::string check_variable(const std::string& text) {
  const std::string name = text.substr(0, text.find('='));
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  if (name.empty() || letters.find(name.front()) == std::string_view::npos ||
      name.find_first_not_of(std::string(letters) + "0123456789") != std::string::npos) {
    throw Error(ErrorKind::usage, "--env: \"" + escape_untrusted(name, 80) + "\" is no name of a variable",
                "Write --env NAME=VALUE, or --env NAME to hand on the value it has here.");
  }
  return text;
}

}  // namespace

void add_machine_options(CLI::App& app, RunRequest& request) {
  add_text(app, "--base", "BASE", "Base image to start from (default: the agent's own)", request.base);
  add_text(app, "--policy", "POLICY", "What the session may do (default: trusted)", request.policy);
  add_parsed(app, "--cpus", "N", "Virtual processors", &parse_cpus, request.cpus);
  add_parsed(app, "--memory", "SIZE", "Memory of the VM: 512M, 4G", &parse_size, request.memory);
  add_parsed(app, "--disk", "SIZE", "Size of its disk; it occupies only what is used", &parse_size, request.disk);
}

namespace {

void add_session_options(CLI::App& app, RunRequest& request) {
  add_parsed(app, "--workspace", "live|overlay|copy|readonly|none",
             "How the VM sees the directory; overlay, copy: changes are reviewed first", &parse_workspace_mode,
             request.workspace);
  add_parsed(app, "--hot", "auto|none|DIR,...",
             "Directories that are the VM's own in a live project, at its disk's speed: those that go with its kind, none, these",
             &parse_hot_directories, request.hot);
  add_parsed(app, "--hot-state", "fresh|keep", "Whether they are there in the project's next session, too", &parse_hot_state,
             request.hot_state);
  app.add_flag_callback(
      "--review-ignored", [&request] { request.review_ignored = Policy::ReviewIgnored::yes; },
      "With --workspace overlay or copy: review also what git ignores, and what package managers fill");
  add_repeatable(app, "--mount", "SRC[:DST][:ro]",
                 "Let the VM see a further directory of this machine, at DST or at its own path; repeatable",
                 [&request](const std::string& text) { request.mounts.push_back(parse_mount(text)); });
  add_parsed(app, "--history", "keep|none", "Whether the agent's conversations survive the session, for --resume and its kin",
             &parse_history_mode, request.history);
  add_parsed(app, "--settings", "import|none", "Whether the agent gets your own instructions, skills and some settings, read-only",
             &parse_settings_mode, request.settings);
  add_parsed(app, "--network", "open|allowlist|offline", "What the VM can reach", &parse_network_mode, request.network);
  add_parsed(app, "--credentials", "brokered|direct|none",
             "Where keys are: on this machine, with the VM getting a placeholder; in the VM; nowhere", &parse_credential_mode,
             request.credentials);
  add_parsed(app, "--max-tokens", "COUNT", "Refuse further model calls after so many tokens: 500k, 2M", &parse_count,
             request.caps.tokens);
  add_parsed(app, "--max-cost", "DOLLARS", "Refuse further model calls after they cost so much, by the price table",
             &parse_dollars, request.caps.cost);
  add_parsed(app, "--max-requests", "COUNT", "Refuse further model calls after so many", &parse_count,
             request.caps.requests);
  add_repeatable(app, "--host-port", "[GUEST:]HOST",
                 "Let the VM's localhost:GUEST be localhost:HOST of this machine; repeatable",
                 [&request](const std::string& text) { request.host_ports.push_back(parse_host_port(text)); });
  add_repeatable(app, "--publish", "[HOST:]GUEST",
                 "Let this machine's localhost:HOST be localhost:GUEST of the VM (a web server, say); repeatable",
                 [&request](const std::string& text) { request.publish.push_back(parse_publish(text)); });
  add_repeatable(app, "--env", "NAME[=VALUE]", "Set a variable, or hand on the value it has here; repeatable",
                 [&request](const std::string& text) { request.environment.push_back(check_variable(text)); });
  add_parsed(app, "--timeout", "TIME", "End the session after this time, with exit code 124: 90s, 30m, 2h", &parse_time,
             request.timeout);
  add_parsed(app, "--max-time", "TIME", "End the run when it has taken so long, images and start included, with exit code 124",
             &parse_time, request.max_time);
  add_repeatable(app, "--artifacts", "PATTERN:DIR",
                 "At the end, copy files of the VM that match to a directory here: 'reports/*.xml:out'; repeatable",
                 [&request](const std::string& text) { request.artifacts.push_back(parse_artifact_rule(text)); });
  app.add_flag_callback(
      "--detach", [&request] { request.attendance = Attendance::detached; },
      "Start it in the background and print the session's name; agentbox attach looks at it");
  add_parsed(app, "--on-exit", "destroy|snapshot|keep|ask", "What becomes of the VM at the end", &parse_on_exit,
             request.on_exit);
  add_parsed(app, "--snapshot-name", "NAME", "Name of the snapshot that is made at the end", &parse_snapshot_name,
             request.snapshot_name);
  app.add_option_function<std::string>(
         "--project-file", [&request](const std::string& word) { request.project_file = parse_project_file_use(word); },
         "Whether the project's .agentbox.yaml, which can only tighten the policy, counts (default: use)")
      ->type_name("use|ignore")
      ->take_last();
  app.add_flag_callback(
      "--ask-network", [&request] { request.ask_network = AskNetwork::yes; },
      "With --network allowlist: ask on the terminal about hosts that are not listed");
  app.add_flag_callback(
      "--ask", [&request] { request.permissions = Permissions::ask; }, "Leave the agent's own permission prompts on");
  add_raw_terminal(app, request.terminal_filter);
  add_record(app, request.record);
  app.add_flag_callback(
      "--cold", [&request] { request.start = StartMethod::cold; }, "Boot the VM instead of forking a prepared one");
}

}  // namespace

void add_launch_options(CLI::App& app, LaunchOptions& options, CommandLine& result) {
  add_machine_options(app, options.request);
  add_session_options(app, options.request);
  add_unconfined(app, options.request.confinement);
  add_host_ca(app, options.request.host_ca);
  app.add_flag_callback(
      "--dry-run", [&options] { options.action = LaunchOptions::Do::print_plan; },
      "Print what would be started, and start nothing");
  app.add_option_function<std::string>(
         "--patch-out", [&options](const std::string& text) { options.patch_out = text; },
         "With --workspace overlay or copy: at the end, write the changes as a patch to this file, for git apply")
      ->type_name("FILE")
      ->take_last();
  app.add_flag_callback(
      "--timings", [&options] { options.timings = LaunchOptions::Timings::show; },
      "At the end, print how long each phase took, on standard error");
  app.add_flag_callback(
      "--strict", [&options] { options.strictness = LaunchOptions::Strictness::strict; },
      "Exit with 123 when the session succeeded but changed files that can run by themselves");
  // As with --record, a value stands behind "=" alone.
  app.add_flag("--json", options.json,
               "At the end, print the result as one line of JSON, the last on standard error; --json=FILE: into that file; "
               "--json=-: on standard output, with what the command prints on standard error, secrets masked");
  app.add_option_function<std::string>(
         "--junit", [&options](const std::string& text) { options.junit = text; },
         "At the end, write the result as JUnit XML to this file")
      ->type_name("FILE")
      ->take_last();
  add_verbosity(app, result);
}

void define_shell(Definitions& all) {
  auto [app, options] =
      add_command<LaunchOptions>(all, {"shell"}, "Open a login shell in a fresh VM",
                                 "agentbox shell                        here\n"
                                 "agentbox shell --network offline ~/src/x\n"
                                 "agentbox shell --workspace none       a machine and nothing else\n");
  app.add_option_function<std::string>(
         "DIR", [&request = options.request](const std::string& text) { request.directory = text; },
         "Directory that the VM sees (default: the current one)")
      ->type_name("DIR");
  add_launch_options(app, options, all.result);
}

void define_run(Definitions& all) {
  auto [app, options] = add_command<LaunchOptions>(all, {"run"}, "Run any command in a fresh VM",
                                                   "agentbox run -- make test\n"
                                                   "agentbox run --timeout 10m ./project -- npm ci\n"
                                                   "tar c src | agentbox run --workspace none -- wc -c\n");
  options.request.kind = RunKind::command;
  app.add_option_function<std::string>(
         "DIR", [&request = options.request](const std::string& text) { request.directory = text; },
         "Directory that the VM sees (default: the current one)")
      ->type_name("DIR");
  add_launch_options(app, options, all.result);
}

}  // namespace agentbox
