// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/parse.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::parse_launch_test {

using Words = std::vector<std::string>;

namespace {

/// In these tests "project" and "-p" are directories, and nothing else is.
bool is_directory(const std::string& path) { return path == "project" || path == "-p"; }

CommandLine parse(const Words& words) { return parse_command_line(words, is_directory); }

LaunchOptions launch(const Words& words) { return std::get<LaunchOptions>(parse(words).invocation); }

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

TEST_CASE("what follows AGENT [DIR] is the agent's, verbatim") {
  struct Row {
    Words after;
    std::optional<std::string> directory;
    Words arguments;
  };
  const std::vector<Row> rows = {
      {{}, {}, {}},
      {{"."}, ".", {}},
      {{".."}, "..", {}},
      {{"~"}, "~", {}},
      {{"./x"}, "./x", {}},
      {{"../x"}, "../x", {}},
      {{"/x"}, "/x", {}},
      {{"~/x"}, "~/x", {}},
      {{"project"}, "project", {}},
      {{"projects"}, {}, {"projects"}},
      {{"fix the test"}, {}, {"fix the test"}},
      {{"project", "project"}, "project", {"project"}},
      {{".", "-p", "hi"}, ".", {"-p", "hi"}},
      {{"-p", "hi"}, {}, {"-p", "hi"}},  // although a directory is called so
      {{"--help"}, {}, {"--help"}},
      {{"--version"}, {}, {"--version"}},
      {{"--base", "x"}, {}, {"--base", "x"}},
      {{"--network=offline", "-v", "-q"}, {}, {"--network=offline", "-v", "-q"}},
      {{"--"}, {}, {"--"}},
      {{".", "--", "ls"}, ".", {"--", "ls"}},
      {{"--", "."}, {}, {"--", "."}},
      {{"ls"}, {}, {"ls"}},
      {{""}, {}, {""}},
      {{"a\nb", "\xff"}, {}, {"a\nb", "\xff"}},
  };
  for (const auto& row : rows) {
    Words words = {"claude"};
    words.insert(words.end(), row.after.begin(), row.after.end());
    CAPTURE(words);
    const RunRequest request = launch(words).request;
    CHECK(request.kind == RunKind::agent);
    CHECK(request.agent == "claude");
    CHECK(request.arguments == row.arguments);
    CHECK(request.directory.has_value() == row.directory.has_value());
    CHECK(request.directory.value_or("") == row.directory.value_or(""));
  }
}

TEST_CASE("options stand before the agent") {
  const LaunchOptions options = launch({"--base",
                                        "dev",
                                        "--policy=ci",
                                        "--cpus",
                                        "4",
                                        "--memory",
                                        "4G",
                                        "--disk",
                                        "30G",
                                        "--timeout",
                                        "1h30m",
                                        "--workspace",
                                        "readonly",
                                        "--network",
                                        "offline",
                                        "--on-exit",
                                        "snapshot",
                                        "--snapshot-name",
                                        "half-done",
                                        "--host-port",
                                        "11434",
                                        "--host-port",
                                        "8080:80",
                                        "--publish",
                                        "3000",
                                        "--publish",
                                        "8081:81",
                                        "--env",
                                        "A=1=2",
                                        "--env",
                                        "TZ",
                                        "--ask",
                                        "--ask-network",
                                        "--cold",
                                        "--unconfined",
                                        "--no-host-ca",
                                        "--dry-run",
                                        "--timings",
                                        "--json",
                                        "claude",
                                        "project",
                                        "--cpus",
                                        "9"});
  const RunRequest& request = options.request;
  CHECK(request.base == "dev");
  CHECK(request.policy == "ci");
  CHECK(request.cpus == 4);
  CHECK(request.memory == ByteSize::gibibytes(4));
  CHECK(request.disk == ByteSize::gibibytes(30));
  CHECK(request.timeout == std::chrono::minutes(90));
  CHECK(request.workspace == WorkspaceMode::readonly);
  CHECK(request.network == NetworkMode::offline);
  CHECK(request.on_exit == OnExit::snapshot);
  CHECK(request.snapshot_name == "half-done");
  CHECK(request.host_ports == std::vector<std::pair<Port, Port>>{{Port(11434), Port(11434)}, {Port(8080), Port(80)}});
  CHECK(request.publish == std::vector<PublishedPort>{{.host = 3000, .guest = 3000}, {.host = 8081, .guest = 81}});
  CHECK(request.environment == Words{"A=1=2", "TZ"});
  CHECK(request.permissions == Permissions::ask);
  CHECK(request.ask_network == AskNetwork::yes);
  CHECK(request.start == StartMethod::cold);
  CHECK(request.confinement == Confinement::none);
  CHECK(request.host_ca == ImageContext::HostCa::withhold);
  CHECK(request.directory == "project");
  CHECK(request.arguments == Words{"--cpus", "9"});
  CHECK(options.action == LaunchOptions::Do::print_plan);
  CHECK(options.timings == LaunchOptions::Timings::show);
  CHECK(options.json == "true");
}

TEST_CASE("what CI asks for") {
  const LaunchOptions options = launch({"--json=result.json", "--junit", "junit.xml", "--max-time", "20m", "--artifacts", "r/*.xml:out",
                                        "--artifacts=*.log:logs", "claude", "-p", "hi"});
  CHECK(options.json == "result.json");
  CHECK(options.junit == "junit.xml");
  CHECK(options.request.max_time == std::chrono::minutes(20));
  REQUIRE(options.request.artifacts.size() == 2);
  CHECK(options.request.artifacts[1].pattern == "*.log");
  CHECK(options.request.agent == "claude");
  CHECK(launch({"--json", "claude", "x"}).json == "true");  // it takes no agent for its value
  CHECK(launch({"--json=-", "claude"}).json == "-");
  CHECK_FALSE(launch({"claude", "--json"}).json);
  CHECK(refusal({"--artifacts", "x", "claude"}).kind() == ErrorKind::usage);
}

TEST_CASE("without options, nothing is decided here but what is safe") {
  const LaunchOptions options = launch({"claude"});
  CHECK_FALSE(options.request.base);
  CHECK_FALSE(options.request.policy);
  CHECK_FALSE(options.request.network);
  CHECK_FALSE(options.request.workspace);
  CHECK_FALSE(options.request.on_exit);
  CHECK(options.request.confinement == Confinement::automatic);
  CHECK(options.request.permissions == Permissions::skip);
  CHECK(options.request.ask_network == AskNetwork::as_policy);
  CHECK(options.action == LaunchOptions::Do::run);
  CHECK(parse({"claude"}).verbosity == Verbosity::normal);
  CHECK(parse({"-v", "claude"}).verbosity == Verbosity::verbose);
  CHECK(parse({"--quiet", "claude", "-v"}).verbosity == Verbosity::quiet);
}

TEST_CASE("an option with a value never takes an agent for it, nor the other way round") {
  // "--env" may be repeated. CLI11 lets such options swallow all words that follow, unless it is told otherwise.
  CHECK(launch({"--env", "A=1", "claude"}).request.environment == Words{"A=1"});
  CHECK(launch({"--env=A=", "claude"}).request.environment == Words{"A="});
  CHECK(launch({"--host-port", "80", "claude", "x"}).request.agent == "claude");
  CHECK(launch({"--base", "shell", "claude"}).request.base == "shell");
  CHECK(launch({"--", "claude", "--", "x"}).request.arguments == Words{"--", "x"});
  CHECK(std::string(refusal({"--base"}).what()).find("--base") != std::string::npos);
  CHECK(std::string(refusal({"--base=", "claude"}).what()).find("--base") != std::string::npos);
}

TEST_CASE("the last one counts, so that an alias can be overruled") {
  CHECK(launch({"--base", "a", "--base", "b", "claude"}).request.base == "b");
  CHECK(launch({"--network", "open", "--network", "offline", "claude"}).request.network == NetworkMode::offline);
}

TEST_CASE("wrong values name the option and what is accepted") {
  const std::vector<std::pair<Words, std::string>> rows = {
      {{"--cpus", "0"}, "--cpus"},
      {{"--cpus", "65"}, "--cpus"},
      {{"--cpus", "2x"}, "--cpus"},
      {{"--cpus", "-1"}, "--cpus"},
      {{"--cpus", "99999999999999999999"}, "--cpus"},
      {{"--memory", "4"}, "--memory"},
      {{"--disk", "x"}, "--disk"},
      {{"--timeout", "90"}, "--timeout"},
      {{"--workspace", "mirror"}, "--workspace"},
      {{"--network", "on"}, "--network"},
      {{"--on-exit", "rm"}, "--on-exit"},
      {{"--host-port", "0"}, "--host-port"},
      {{"--host-port", "80:"}, "--host-port"},
      {{"--host-port", "1:2:3"}, "--host-port"},
      {{"--publish", "0"}, "--publish"},
      {{"--publish", ":80"}, "--publish"},
      {{"--publish", "127.0.0.1:80:80"}, "--publish"},
      {{"--env", "=x"}, "--env"},
      {{"--env", "A B=x"}, "--env"},
      {{"--env", "1A"}, "--env"},
      {{"--snapshot-name", "../x"}, "../x"},
      {{"-v", "-q"}, "--verbose"},
  };
  for (auto [words, expected] : rows) {
    words.push_back("claude");
    CAPTURE(words);
    const Error error = refusal(words);
    CHECK(error.kind() == ErrorKind::usage);
    CHECK((error.what() + error.hint()).find(expected) != std::string::npos);
  }
}

TEST_CASE("a misspelt option is answered with the right one") {
  const Error error = refusal({"--netwrok", "offline", "claude"});
  CHECK(std::string(error.what()) == "unknown option \"--netwrok\"");
  CHECK(error.hint().find("--network") != std::string::npos);
  // Escape sequences of a hostile script do not reach the terminal.
  CHECK(std::string(refusal({"--\x1b[2J", "claude"}).what()).find('\x1b') == std::string::npos);
}

TEST_CASE("shell takes launch options on both sides") {
  const LaunchOptions options = launch({"--cpus", "4", "shell", "--network", "offline", "anywhere"});
  CHECK(options.request.kind == RunKind::shell);
  CHECK(options.request.cpus == 4);
  CHECK(options.request.network == NetworkMode::offline);
  CHECK(options.request.directory == "anywhere");
  CHECK_FALSE(launch({"shell"}).request.directory);
  CHECK(refusal({"shell", "a", "b"}).kind() == ErrorKind::usage);
  CHECK(refusal({"shell", "--root"}).kind() == ErrorKind::usage);
}

TEST_CASE("run: the command stands behind --, verbatim") {
  const LaunchOptions options =
      launch({"--cpus", "4", "run", "--timeout", "10m", "dir", "--", "make", "-j4", "--", "--help"});
  CHECK(options.request.kind == RunKind::command);
  CHECK(options.request.cpus == 4);
  CHECK(options.request.timeout == std::chrono::minutes(10));
  CHECK(options.request.directory == "dir");
  CHECK(options.request.arguments == Words{"make", "-j4", "--", "--help"});
  CHECK_FALSE(launch({"run", "--", "true"}).request.directory);
  CHECK(refusal({"run", "a", "b", "--", "true"}).kind() == ErrorKind::usage);
}

TEST_CASE("run without -- is refused, with the line that was meant") {
  CHECK(refusal({"run", "make", "-j4"}).hint() == "Write: agentbox run -- make -j4");
  CHECK(refusal({"run", ".", "make", "-j4"}).hint() == "Write: agentbox run . -- make -j4");
  CHECK(refusal({"run", "--cpus", "4", "project", "echo", "a b"}).hint() ==
        "Write: agentbox run --cpus 4 project -- echo 'a b'");
  CHECK(refusal({"run"}).hint() == "Write: agentbox run -- CMD [ARGS...]");
  CHECK(refusal({"run", "."}).hint() == "Write: agentbox run . -- CMD [ARGS...]");
  CHECK(refusal({"run", "--"}).hint() == "Write: agentbox run -- CMD [ARGS...]");
  CHECK(refusal({"run", "."}).kind() == ErrorKind::usage);
}

}  // namespace agentbox::parse_launch_test
