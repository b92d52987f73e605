// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/parse.hpp"
#include "cli/options/unknown_word.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::parse_commands_test {

using Words = std::vector<std::string>;

namespace {

CommandLine parse(const Words& words) {
  return parse_command_line(words, [](const std::string&) { return false; });
}

template <typename Options>
Options get(const Words& words) {
  CAPTURE(words);
  const CommandLine line = parse(words);
  REQUIRE(std::holds_alternative<Options>(line.invocation));
  return std::get<Options>(line.invocation);
}

Error refusal(const Words& words) {
  try {
    parse(words);
  } catch (const Error& error) {
    return error;
  }
  FAIL("accepted");
  throw;
}

}  // namespace

TEST_CASE("snapshot take") {
  CHECK(get<TakeSnapshot>({"snapshot", "take", "s"}).name.empty());
  CHECK(get<TakeSnapshot>({"snapshot", "take", "s", "before"}).name == "before");
  CHECK(std::string(refusal({"snapshot", "take"}).what()) == "SESSION is missing");
}

TEST_CASE("fork") {
  CHECK(get<ForkOptions>({"fork", "s"}).count == 1);
  CHECK(get<ForkOptions>({"fork", "-n", "3", "s"}).count == 3);
  CHECK(get<ForkOptions>({"fork", "s", "--count", "2"}).source == "s");
  CHECK_NOTHROW(refusal({"fork", "-n", "0", "s"}));
  CHECK(std::string(refusal({"fork"}).what()) == "SOURCE is missing");
}

TEST_CASE("attach") {
  CHECK(get<AttachOptions>({"attach", "claude-7k2m9d"}).session == "claude-7k2m9d");
  CHECK(std::string(refusal({"attach"}).what()) == "SESSION is missing");
}

TEST_CASE("exec") {
  CHECK(get<ExecOptions>({"exec", "s"}).request.command.empty());
  const auto options = get<ExecOptions>({"exec", "--root", "s", "--", "ls", "--root", "--"}).request;
  CHECK(options.session == "s");
  CHECK(options.run_as == RunAs::root);
  CHECK(options.command == Words{"ls", "--root", "--"});
  CHECK(options.terminal_filter == TerminalFilter::on);
  CHECK(get<ExecOptions>({"exec", "s", "--", "ls", "--root"}).request.run_as == RunAs::user);
  CHECK(get<ExecOptions>({"exec", "s", "--raw-terminal"}).request.terminal_filter == TerminalFilter::off);
  CHECK(std::string(refusal({"exec"}).what()) == "SESSION is missing");
  CHECK(std::string(refusal({"exec", "s", "ls"}).what()) == "unexpected argument \"ls\"");
}

TEST_CASE("sessions") {
  CHECK(get<ListSessions>({"ls"}).format == Format::table);
  CHECK(get<ListSessions>({"ls", "-q"}).format == Format::names);
  CHECK(get<ListSessions>({"ls", "--json", "--disk"}).format == Format::json);
  CHECK(get<ListSessions>({"ls", "--disk"}).of == ListSessions::Of::disk_use);
  CHECK(refusal({"ls", "--json", "-q"}).kind() == ErrorKind::usage);
  CHECK(get<StopSessions>({"stop", "a", "b"}).sessions == Words{"a", "b"});
  CHECK(get<RemoveSessions>({"rm", "a", "b"}).sessions == Words{"a", "b"});
  CHECK(std::string(refusal({"rm"}).what()) == "SESSION is missing");
  get<CollectGarbage>({"gc"});
  CHECK_FALSE(get<ExecOptions>({"exec", "s"}).record);
  CHECK(get<ExecOptions>({"exec", "--record", "s", "--", "ls"}).record == "true");
  CHECK(get<ExecOptions>({"exec", "--record=a.cast", "s"}).record == "a.cast");
  CHECK(get<AttachOptions>({"attach", "--record", "s"}).session == "s");
  CHECK(get<AttachOptions>({"attach", "s", "--record=a.cast"}).record == "a.cast");
  CHECK(get<ShowLogs>({"logs", "a"}).print == ShowLogs::Print::contents);
  CHECK(get<ShowLogs>({"logs", "--paths", "a"}).print == ShowLogs::Print::paths);
  CHECK(get<ShowLogs>({"logs", "--egress", "a"}).print == ShowLogs::Print::egress);
  CHECK(get<ShowLogs>({"logs", "--verify", "--egress", "a"}).print == ShowLogs::Print::egress_check);
  CHECK(get<ShowLogs>({"logs", "a"}).until == ShowLogs::Until::now);
  CHECK(get<ShowLogs>({"logs", "-f", "--egress", "a"}).until == ShowLogs::Until::end_of_session);
  CHECK(get<ShowLogs>({"logs", "--json", "a"}).format == Format::json);
  for (const char* other : {"--follow", "--paths", "--egress", "--verify"}) {
    CHECK(refusal({"logs", "--json", other, "a"}).kind() == ErrorKind::usage);
  }
  CHECK(refusal({"logs", "-f", "--paths", "a"}).kind() == ErrorKind::usage);
}

TEST_CASE("base") {
  const auto plain = get<BuildBase>({"base", "build", "dev"});
  CHECK(plain.name == "dev");
  CHECK(plain.rebuild == Rebuild::if_missing);
  CHECK(plain.host_ca == ImageContext::HostCa::hand_over);
  CHECK(plain.confinement == Confinement::automatic);
  const auto full =
      get<BuildBase>({"base", "build", "--agents", "claude,codex", "--force", "--no-host-ca", "--unconfined", "dev"});
  CHECK(full.name == "dev");
  CHECK(full.agents == Words{"claude", "codex"});
  CHECK(full.rebuild == Rebuild::always);
  CHECK(full.host_ca == ImageContext::HostCa::withhold);
  CHECK(full.confinement == Confinement::none);
  CHECK(get<ShowBase>({"base", "show", "dev", "--json"}).format == Format::json);
  CHECK(get<ListBases>({"base", "ls", "-q"}).format == Format::names);
  CHECK(get<RemoveBases>({"base", "rm", "a", "b"}).names == Words{"a", "b"});
}

TEST_CASE("template") {
  CHECK(get<ListTemplates>({"template", "ls", "--json"}).format == Format::json);
  CHECK(get<RemoveTemplates>({"template", "rm", "a", "b"}).names == Words{"a", "b"});
  CHECK(get<PrewarmTemplate>({"template", "prewarm"}).name.empty());
  const auto full = get<PrewarmTemplate>({"template", "prewarm", "--cpus", "4", "--memory", "8G", "--policy", "ci", "claude"});
  CHECK(full.name == "claude");
  CHECK(full.request.cpus == 4);
  CHECK(full.request.memory == ByteSize::gibibytes(8));
  CHECK(full.request.policy == "ci");
  CHECK(refusal({"template", "prewarm", "claude", "codex"}).kind() == ErrorKind::usage);
}

TEST_CASE("snapshot") {
  const auto resume =
      get<ResumeOptions>({"--cpus", "4", "snapshot", "resume", "--timeout", "1h", "x", "--", "--continue"});
  CHECK(resume.launch.request.resume_snapshot == "x");
  CHECK(resume.launch.request.cpus == 4);
  CHECK(resume.launch.request.timeout == std::chrono::hours(1));
  CHECK(resume.launch.request.arguments == Words{"--continue"});
  CHECK(resume.start == ResumeOptions::Start::as_before);
  CHECK(get<ResumeOptions>({"snapshot", "resume", "--shell", "x"}).start == ResumeOptions::Start::shell);
  CHECK(get<ListSnapshots>({"snapshot", "ls", "--json"}).format == Format::json);
  CHECK(get<ShowSnapshot>({"snapshot", "show", "x"}).name == "x");
  CHECK(get<RemoveSnapshots>({"snapshot", "rm", "x", "y"}).names == Words{"x", "y"});
}

TEST_CASE("definitions, secrets and the rest") {
  CHECK(get<ListAgents>({"agents", "ls", "-q"}).format == Format::names);
  CHECK(get<ShowAgent>({"agents", "show", "claude"}).name == "claude");
  CHECK(get<UpdateAgents>({"agents", "update"}).names.empty());
  CHECK(get<UpdateAgents>({"agents", "update", "codex", "claude", "--no-host-ca"}).names == Words{"codex", "claude"});
  CHECK(get<ListPolicies>({"policy", "ls"}).format == Format::table);
  CHECK(get<ShowPolicy>({"policy", "show", "ci", "--json"}).format == Format::json);
  CHECK(get<ListAnswers>({"policy", "answers", "--json"}).format == Format::json);
  CHECK(get<ForgetAnswers>({"policy", "forget", "."}).hosts.empty());
  CHECK(get<ForgetAnswers>({"policy", "forget", "/p", "a.org", "b.org:22"}).hosts == Words{"a.org", "b.org:22"});
  CHECK(get<SetSecret>({"secret", "set", "A_KEY"}).name == "A_KEY");
  CHECK(get<ListSecrets>({"secret", "ls"}).format == Format::table);
  CHECK(get<RemoveSecrets>({"secret", "rm", "A", "B"}).names == Words{"A", "B"});
  const auto scoped = get<SetSecret>({"secret", "set", "--agent", "codex", "A_KEY", "--project=~/x", "--store", "file"});
  CHECK(scoped.name == "A_KEY");
  CHECK(scoped.scope.agent == "codex");
  CHECK(scoped.scope.project == "~/x");
  CHECK(scoped.store == SecretStoreChoice::file);
  CHECK(get<RemoveSecrets>({"secret", "rm", "A", "--agent", "codex"}).scope.agent == "codex");
  CHECK(std::string(refusal({"secret", "set", "A_KEY", "--store", "kwallet"}).what()) ==
        "--store: unknown store \"kwallet\"");
  CHECK(get<Doctor>({"doctor", "--json"}).format == Format::json);
  CHECK(get<PrintAliases>({"alias"}).agents.empty());
  CHECK(get<PrintAliases>({"alias", "a", "b"}).agents == Words{"a", "b"});
  CHECK(get<PrintAliases>({"alias", "a"}).action == PrintAliases::Do::print);
  CHECK(get<PrintAliases>({"alias", "--install", "a"}).action == PrintAliases::Do::install);
  CHECK(get<PrintAliases>({"alias", "--uninstall", "--shell", "fish"}).shell == Shell::fish);
  CHECK(get<PrintCompletion>({"completion", "fish"}).shell == Shell::fish);
  CHECK(refusal({"completion", "tcsh"}).hint().find("bash, zsh, fish") != std::string::npos);
  CHECK(get<CompleteWords>({"__complete", "--base", ""}).words == Words{"--base", ""});
}

TEST_CASE("a secret's value has no place on the command line") {
  // It would stand in the shell's history and in everybody's ps.
  CHECK(std::string(refusal({"secret", "set", "A_KEY", "sk-123"}).what()) == "unexpected argument \"sk-123\"");
}

TEST_CASE("a thing may be called like a command") {
  // CLI11 takes a word for a sub-command wherever a parent has one of that name: "snapshot rm ls" listed snapshots, and
  // "exec s ls" listed sessions.
  CHECK(get<RemoveSnapshots>({"snapshot", "rm", "ls"}).names == Words{"ls"});
  CHECK(get<ShowAgent>({"agents", "show", "run"}).name == "run");
  CHECK(get<ShowLogs>({"logs", "gc"}).session == "gc");
  CHECK(get<RemoveSessions>({"rm", "rm", "stop"}).sessions == Words{"rm", "stop"});
  CHECK(get<RemoveSessions>({"rm", "--", "-x"}).sessions == Words{"-x"});
}

TEST_CASE("the options -v and -q may stand before any command, launch options only before launches") {
  CHECK(parse({"-v", "base", "build", "dev"}).verbosity == Verbosity::verbose);
  CHECK(parse({"-q", "base", "build", "dev"}).verbosity == Verbosity::quiet);
  CHECK(parse({"base", "build", "dev", "-v"}).verbosity == Verbosity::verbose);
  CHECK(parse({"-v", "ls"}).verbosity == Verbosity::verbose);
  CHECK(get<ListSessions>({"--json", "ls"}).format == Format::json);
  const Error error = refusal({"--cpus", "4", "ls"});
  CHECK(std::string(error.what()) == "--cpus is no option of agentbox ls");
  CHECK(refusal({"--network=offline", "stop", "x"}).kind() == ErrorKind::usage);
}

TEST_CASE("help and version") {
  CHECK(get<ShowText>({"--version"}).text.starts_with("agentbox "));
  CHECK(get<ShowText>({"--help"}).exit_code == 0);
  CHECK(get<ShowText>({"--help"}).text == get<ShowText>({"help"}).text);
  CHECK(get<ShowText>({"-h", "claude"}).text == get<ShowText>({"--help"}).text);
  CHECK(get<ShowText>({"run", "--help"}).text == get<ShowText>({"help", "run"}).text);
  CHECK(get<ShowText>({"--help", "run"}).text == get<ShowText>({"help", "run"}).text);
  CHECK(get<ShowText>({"base", "build", "-h"}).text == get<ShowText>({"help", "base", "build"}).text);
  CHECK(get<ShowText>({"base", "--help"}).text.find("agentbox base build dev") != std::string::npos);
  CHECK(get<ShowText>({"help", "base"}).text == get<ShowText>({"base", "--help"}).text);
  CHECK(get<ShowText>({"--help", "base"}).text == get<ShowText>({"base", "--help"}).text);
  CHECK(get<ShowText>({"help", "claude"}).text == get<ShowText>({"help"}).text);
  const auto nothing = get<ShowText>({});
  CHECK(nothing.exit_code == 2);
  CHECK(nothing.to == ShowText::To::error_output);
  CHECK(get<ShowText>({"--network", "offline"}).exit_code == 2);
}

TEST_CASE("wrong words are answered with what there is") {
  const Error group = refusal({"base", "bulid", "dev"});
  CHECK(std::string(group.what()) == "unknown command \"base bulid\"");
  CHECK(group.hint() == "Did you mean build?\nKnown: agentbox base build|ls|show|rm.");
  CHECK(std::string(refusal({"base"}).what()) == "agentbox base needs one more word");
  CHECK(refusal({"base", "--force", "build", "x"}).kind() == ErrorKind::usage);
  CHECK(refusal({"help", "base", "x"}).kind() == ErrorKind::usage);

  const Error word = unknown_command("cluade", {"claude", "codex"});
  CHECK(std::string(word.what()) == "\"cluade\" is neither an agent nor a command");
  CHECK(word.hint().starts_with("Did you mean claude?\nAgents: claude, codex.\nCommands: shell, run, "));
  CHECK(word.hint().find("__complete") == std::string::npos);
  CHECK(unknown_command("docter", {}).hint().find("doctor?") != std::string::npos);
}

TEST_CASE("commands that have no implementation do not exist") {
  // They would be taken for agents, and then be refused as unknown.
  for (const std::string word : {"cp", "ports", "ssh-config"}) {
    CHECK(get<LaunchOptions>({word}).request.agent == word);
  }
}

}  // namespace agentbox::parse_commands_test
