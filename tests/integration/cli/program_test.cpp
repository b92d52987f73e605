// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/cli/program.hpp"

#include "gateway/log/egress_record.hpp"
#include "store/session_store.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"

#include <nlohmann/json.hpp>

#include <sys/wait.h>

#include <csignal>

namespace agentbox::program_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

namespace {

std::string last_line(const std::string& text) { return split(trim(text), '\n').back(); }

}  // namespace

TEST_CASE("help and version go to standard output, a wrong command line to standard error") {
  const Program program;
  const Captured version = program.run({"--version"});
  CHECK(version.status == ExitStatus::exited(0));
  CHECK(version.output.starts_with("agentbox "));
  CHECK(version.error_output.empty());

  const Captured nothing = program.run({});
  CHECK(nothing.status == ExitStatus::exited(2));
  CHECK(nothing.output.empty());
  CHECK(nothing.error_output.find("agentbox [OPTIONS] AGENT [DIR]") != std::string::npos);

  const Captured wrong = program.run({"cluade"});
  CHECK(wrong.status == ExitStatus::exited(2));
  CHECK(wrong.output.empty());
  CHECK(wrong.error_output.starts_with(
      "agentbox: error: \"cluade\" is neither an agent nor a command\n  Did you mean claude?\n"));
}

TEST_CASE("a run that cannot start: 125, nothing on standard output, and JSON as the last line when asked for") {
  const Program program;
  const Captured plain = program.run({"claude", "/usr/include", "-p", "hi"});
  CHECK(plain.status == ExitStatus::exited(125));  // no key, and no terminal to log in at
  CHECK(plain.output.empty());
  CHECK(plain.error_output.find("ANTHROPIC_API_KEY") != std::string::npos);

  const Captured json = program.run({"--json", "claude", "/usr/include", "-p", "hi"});
  CHECK(json.status == ExitStatus::exited(125));
  CHECK(json.output.empty());
  const auto result = nlohmann::json::parse(last_line(json.error_output));
  CHECK(result.at("exit_code") == 125);
  CHECK_FALSE(result.at("error").get<std::string>().empty());
}

TEST_CASE("a report that cannot be written is told, and neither the exit code nor the other report depends on it") {
  const Program program;
  const fs::path place = program.home() / "reports";
  fs::create_directories(place / "junit.xml");  // as a guest can have made it
  const Captured result = program.run({"--junit=" + (place / "junit.xml").string(),
                                       "--json=" + (place / "run.json").string(), "cluade", "/usr/include"});
  CHECK(result.status == ExitStatus::exited(2));
  CHECK(result.error_output.find("\"cluade\" is neither an agent nor a command") != std::string::npos);
  CHECK(result.error_output.find("cannot write junit.xml") != std::string::npos);
  CHECK(nlohmann::json::parse(read_file(place / "run.json")).at("exit_code") == 2);
}

TEST_CASE("an earlier run's report goes away when a run begins, and not before") {
  const Program program;
  const fs::path place = program.home() / "reports";
  fs::create_directories(place);
  const auto run = [&](const std::string& script) {
    write_file_atomically(place / "run.json", "old");
    return program.run_script("cd '" + place.string() + "' && " + script);
  };
  CHECK(run("\"$agentbox\" --dry-run --json=run.json run /usr/include -- true").status == ExitStatus::exited(0));
  CHECK(read_file(place / "run.json") == "old");
  CHECK(run("\"$agentbox\" --json=run.json cluade /usr/include").status == ExitStatus::exited(2));
  CHECK(nlohmann::json::parse(read_file(place / "run.json")).at("exit_code") == 2);
  CHECK_FALSE(run("ulimit -f 0 && \"$agentbox\" --json=run.json cluade /usr/include").status == ExitStatus::exited(0));  // its own cannot be written
  CHECK_FALSE(fs::exists(place / "run.json"));
}

TEST_CASE("a dry run prints the plan on standard output and starts nothing") {
  const Program program;
  const auto plan =
      nlohmann::json::parse(program.run({"--dry-run", "--json", "run", "/usr/include", "--", "make", "a b"}).output);
  CHECK(plan.at("command") == nlohmann::json{"make", "a b"});
  CHECK(plan.at("project") == "/usr/include");
  CHECK(plan.at("terminal").at("paste_images") == false);  // that is for agents
  CHECK_FALSE(fs::exists(program.home() / "state"));
  CHECK_FALSE(fs::exists(program.home() / "data"));
}

TEST_CASE("the agent's words reach its command line as they are") {
  const Program program;
  const Captured result = program.run_script(
      "ANTHROPIC_API_KEY=test-key exec \"$agentbox\" --dry-run --json claude /usr/include --help -- --base '' \"a'b\" "
      "$'c\\nd'");
  const auto plan = nlohmann::json::parse(result.output);
  const auto& command = plan.at("command");
  const nlohmann::json expected = {"claude", "--dangerously-skip-permissions", "--help", "--", "--base", "", "a'b",
                                   "c\nd"};
  CHECK(command == expected);
  CHECK(plan.at("terminal").at("paste_images") == true);
  CHECK(result.output.find("test-key") == std::string::npos);
}

TEST_CASE("a reader that went away ends us as SIGPIPE would, without a word") {
  // `agentbox ls | head -1` must not end in an error message about a broken pipe.
  const Program program;
  PipeEnds output = make_pipe();
  PipeEnds errors = make_pipe();
  output.read.reset();
  ProcessSpec spec = program.spec({"--help"});
  spec.fds = {{output.write.get(), 1}, {errors.write.get(), 2}};
  ChildProcess child = ChildProcess::spawn(spec);
  errors.write.reset();
  CHECK(child.wait() == ExitStatus::exited(128 + SIGPIPE));
  CHECK(read_to_end(errors.read.get(), "standard error", ByteSize::mebibytes(1)).empty());
}

TEST_CASE("a full disk is an error, not a shorter output") {
  const Program program;
  const Captured result = program.run_script("\"$agentbox\" --help > /dev/full");
  CHECK(result.status == ExitStatus::exited(125));
  CHECK(result.error_output.find("No space left") != std::string::npos);
}

TEST_CASE("closed standard descriptors are not taken by our own files") {
  // Started with >&-, the first file that a program opens becomes its standard output. For us that was a YAML file,
  // later a session's lock, into which the agent's output would have gone.
  const Program program;
  CHECK(program.run_script("\"$agentbox\" agents show claude <&- >&- 2>&-").status == ExitStatus::exited(0));
}

TEST_CASE("listings name what there is, in three forms") {
  const Program program;
  CHECK(program.run({"ls"}).output.empty());
  CHECK(program.run({"ls", "--json"}).output == "[]\n");
  CHECK(program.run({"agents", "ls", "-q"}).output.find("claude\n") != std::string::npos);
  CHECK(program.run({"policy", "ls"}).output.find("dirty ") != std::string::npos);
  CHECK(program.run({"base", "ls", "-q"}).output.find("dev\n") != std::string::npos);
  CHECK(program.run({"policy", "show", "dirty"}).output.find("overlay") != std::string::npos);
  CHECK(program.run({"policy", "show", "drity"}).status == ExitStatus::exited(2));
  CHECK(nlohmann::json::parse(program.run({"agents", "show", "claude", "--json"}).output).at("name") == "claude");
}

// Landlock is taken away by a filter (landlock_create_ruleset is call 444 everywhere), bubblewrap by PATH.
TEST_CASE("where neither bubblewrap nor Landlock can be had nothing runs, unless the user says so, and then it is said each time") {
  if (!fs::exists("/usr/bin/python3")) {
    skip("python3 is not installed");
  }
  const Program program;
  const auto run = [&](const std::string& options) {
    return program.run_script(R"(cd "$AGENTBOX_HOME"; PATH=/nowhere exec /usr/bin/python3 -c '
import ctypes, os, struct, sys
code = b"".join(struct.pack("HBBI", *one) for one in ((32, 0, 0, 0), (21, 0, 1, 444), (6, 0, 0, 0x50026), (6, 0, 0, 0x7fff0000)))
class Filter(ctypes.Structure):
  _fields_ = [("size", ctypes.c_ushort), ("program", ctypes.c_char_p)]
kernel = ctypes.CDLL(None)
assert kernel.prctl(38, 1, 0, 0, 0) == 0 and kernel.prctl(22, 2, ctypes.byref(Filter(4, code))) == 0
os.execv(sys.argv[1], sys.argv[1:])' "$agentbox" )" + options + " run --workspace none -- true");
  };
  const Captured refused = run("");
  INFO(refused.error_output);
  CHECK(refused.status == ExitStatus::exited(125));
  CHECK(refused.error_output.find("cannot confine QEMU: bubblewrap (bwrap) is not installed, and the kernel has no Landlock") !=
        std::string::npos);
  CHECK(refused.error_output.find("--unconfined") != std::string::npos);
  CHECK_FALSE(fs::exists(program.home() / "state/sessions"));
  const Captured accepted = run("--unconfined --dry-run");
  CHECK(accepted.status == ExitStatus::exited(0));
  CHECK(accepted.error_output.find("QEMU runs unconfined: a guest that breaks out of it has all your rights") != std::string::npos);
}

TEST_CASE("a policy shows what its groups stand for on this host") {
  const Program program;
  fs::create_directories(program.home() / "config/policies");
  std::ofstream(program.home() / "config/policies/mine.yaml")
      << "network: {mode: allowlist, groups: [npm], allow: [a.example], deny: [b.example], lan: ['10.0.0.9:80'], ports: ['3000', '8080:80']}\n";
  const std::string show = "export npm_config_registry=https://mirror.example:8443/npm/; \"$agentbox\" policy show mine";
  const std::string shown = program.run_script(show).output;
  for (const char* line : {"group npm", "allow a.example", "allow mirror.example:8443 (group npm)", "deny b.example", "allow 10.0.0.9:80",
                           "publishes 3000", "publishes 8080:80"}) {
    INFO(shown);
    CHECK(shown.find(line + std::string("\n")) != std::string::npos);
  }
  const auto json = nlohmann::json::parse(program.run_script(show + " --json").output);
  CHECK(json.at("allow").dump() == R"json(["a.example","mirror.example:8443 (group npm)"])json");
  CHECK(json.at("deny").dump() == R"(["b.example"])");
  CHECK(json.at("lan").dump() == R"(["10.0.0.9:80"])");
  CHECK(json.at("ports").dump() == R"(["3000","8080:80"])");
}

TEST_CASE("an agent that installs nothing runs in its base as that is") {
  const Program program;
  fs::create_directories(program.home() / "config/agents");
  std::ofstream(program.home() / "config/agents/mine.yaml") << "base: dev\ncommand: [python3]\nkey-required: false\n";
  const auto plan = nlohmann::json::parse(program.run({"--dry-run", "--json", "mine", "/usr/include"}).output);
  CHECK(plan.at("base") == "dev");
}

TEST_CASE("one definition that cannot be read does not hide the others") {
  const Program program;
  fs::create_directories(program.home() / "config/agents");
  std::ofstream(program.home() / "config/agents/mine.yaml") << "comand: [x]\n";
  const Captured list = program.run({"agents", "ls"});
  CHECK(list.status == ExitStatus::exited(0));
  CHECK(list.output.find("claude") != std::string::npos);
  CHECK(list.output.find("mine.yaml:1:1") != std::string::npos);
}

TEST_CASE("ls and logs show a session, and nothing that a guest wrote reaches the terminal unescaped") {
  const Program program;
  SessionStore store(program.home() / "state/sessions");
  SessionHandle session = store.create("claude");
  session.update([](SessionRecord& record) { record.project = "/home/u/\x1b[2J"; });
  fs::create_directory(session.directory() / "vm");
  std::ofstream(session.directory() / "vm/qemu.log") << "boot\ttext\r\n\x1b]52;c;aGk=\x07\n";
  const std::string id = session.record().id;

  CHECK(program.run({"ls", "-q"}).output == id + "\n");
  const Captured table = program.run({"ls"});
  CHECK(table.output.find(id) != std::string::npos);
  CHECK(table.output.find("/home/u/\\x1b[2J") != std::string::npos);
  CHECK(nlohmann::json::parse(program.run({"ls", "--json"}).output).at(0).at("id") == id);

  const Captured logs = program.run({"logs", id});
  CHECK(logs.output.find("boot\ttext\n\\x1b]52;c;aGk=\\x07\n") != std::string::npos);
  CHECK((table.output + logs.output).find('\x1b') == std::string::npos);
  CHECK(program.run({"logs", "--paths", id}).output.find((session.directory() / "vm/qemu.log").string()) !=
        std::string::npos);
}

TEST_CASE("what a session reached can be read when it is over, and whether somebody has edited it") {
  const Program program;
  const EgressRecord record{
      .session = "s", .what = "dns", .name = "a.example", .verdict = "refused", .rule = "no rule"};
  std::string log;
  std::string hash = first_hash();
  for (int i = 0; i < 3; ++i) {
    const std::string line = to_line(record, hash);
    hash = sha256_hex(line);
    log += line + "\n";
  }
  SessionHandle session = SessionStore(program.home() / "state/sessions").create("run");
  std::ofstream(session.directory() / "egress.jsonl") << log;
  const std::string id = session.record().id;
  CHECK(program.run({"logs", "--egress", id}).output == log);
  session.remove();
  CHECK(program.run({"logs", "--egress", id}).output == log);
  CHECK(program.run({"logs", "--egress", "last"}).output == log);
  const Captured whole = program.run({"logs", "--verify", id});
  CHECK(whole.status == ExitStatus::exited(0));
  CHECK(whole.output == "3 lines, as they were written\nhash of the last line: " + hash + "\n");

  const auto file = program.home() / "state/egress" / (id + ".jsonl");
  const auto first_line = log.find('\n') + 1;
  std::ofstream(file) << std::string(log).replace(log.find("a.example"), 1, "b");
  const Captured edited = program.run({"logs", "--egress", "--verify", id});
  CHECK(edited.status == ExitStatus::exited(1));
  CHECK(edited.output.starts_with("not as it was written: line 2 of "));
  std::ofstream(file) << log.substr(first_line);  // a log that never grew has its beginning
  CHECK(program.run({"logs", "--verify", id}).output.find("line 1 of") != std::string::npos);
  CHECK(program.run({"logs", "--verify", "run-nobody"}).status == ExitStatus::exited(2));
}

TEST_CASE("logs tell of a session that is over: what it was, its phases, what it reached, and what was recorded of it") {
  const Program program;
  SessionHandle session = SessionStore(program.home() / "state/sessions").create("claude");
  const std::string id = session.record().id;
  const EgressRecord record{.what = "tls", .name = "a.example", .port = 443, .verdict = "refused", .rule = "not \x1b[2J listed", .repeated = 2};
  std::ofstream(session.directory() / "egress.jsonl") << to_line(record, first_hash()) + "\n";
  session.remove();
  fs::create_directories(program.home() / "data/recordings");
  const std::string head = R"({"version":2,"width":80,"height":24})";
  const fs::path own = program.home() / "data/recordings" / (id + ".cast");
  const fs::path beside = program.home() / "data/recordings" / (id + ".exec.cast");
  std::ofstream(own) << head << "\n" << R"([0.1,"o","\u001b[31mred\u001b[0m\u0007\r\nnext"])" << "\n";
  std::ofstream(beside) << head << "\n" << R"([0.1,"o","beside"])" << "\n";

  // One that came to no result has left that much.
  CHECK(program.run({"logs", id}).output.find("result   none: agentbox failed") != std::string::npos);

  fs::create_directories(program.home() / "state/runs");
  std::ofstream(program.home() / "state/runs" / (id + ".json"))
      << nlohmann::json{{"session", id}, {"agent", "claude"}, {"result", "failed"}, {"outcome", "exit code 7"}, {"exit_code", 7}, {"took_ms", 1500},
                        {"phases", nlohmann::json::array({nlohmann::json::array({"fork", 200}), nlohmann::json::array({"command", 1300})})}, {"model", {{"requests", 3}, {"tokens", {{"input", 10}, {"output", 5}}}, {"cost_usd", 0.25}}}};
  for (const std::string& name : {id, id.substr(0, id.size() - 1), std::string("last")}) {
    const Captured logs = program.run({"logs", name});
    CHECK(logs.status == ExitStatus::exited(0));
    for (const std::string& told : std::vector<std::string>{"agent      claude", "result     failed: exit code 7", "took       1.50 s", "model      3 calls, 10 tokens in, 5 out, about $0.25",
                                    "==> phases <==\nfork     0.20 s\ncommand  1.30 s\n", "refused 3 times  tls a.example:443", "not \\x1b[2J listed",
                                    "==> recorded (agentbox play " + id + ") <==\nred\nnext\n", "==> recorded (agentbox play " + id + ".exec) <==\nbeside\n"}) {
      INFO(logs.output);
      INFO(told);
      CHECK(logs.output.find(told) != std::string::npos);
    }
    CHECK(logs.output.find('\x1b') == std::string::npos);
  }
  CHECK(program.run({"logs", "--paths", id}).output == (program.home() / "state/egress" / (id + ".jsonl")).string() + "\n" + own.string() + "\n" + beside.string() + "\n");
  CHECK(program.run({"play", id}).output.find("next") != std::string::npos);
  CHECK(program.run({"play", id + ".exec"}).output == "beside");
  const Captured unknown = program.run({"logs", "claude-nobody"});
  CHECK(unknown.status == ExitStatus::exited(2));
  CHECK(unknown.error_output.find("nothing is known of a session \"claude-nobody\"") != std::string::npos);
}

TEST_CASE("of a long recording logs show the end") {
  const Program program;
  fs::create_directories(program.home() / "data/recordings");
  std::string cast = R"({"version":2,"width":80,"height":24})" "\n" R"([0.1,"o","first\r\n"])" "\n";
  const std::string colours = [] {
    std::string text;
    while (text.size() < 64000) text += R"(\u001b[31m)";
    return text;
  }();
  while (cast.size() < (std::size_t{12} << 20U)) cast += "[0.2,\"o\",\"" + colours + "\"]\n";
  std::ofstream(program.home() / "data/recordings/run-long.cast") << cast << R"([0.3,"o","\r\nlast"])" << "\n";
  const Captured logs = program.run({"logs", "run-long"});
  CHECK(logs.output.ends_with("==> recorded (agentbox play run-long) <==\n...\nlast\n"));
}

// A log that was full has lost its beginning by itself; a shorter one's was taken away by somebody.
TEST_CASE("a log in two parts is one log, and only a full one may lack its beginning") {
  const Program program;
  SessionHandle session = SessionStore(program.home() / "state/sessions").create("run");
  const std::string id = session.record().id;
  std::string hash = first_hash();
  const auto next_line = [&] {
    const EgressRecord record{
        .session = "s", .what = "http", .name = "a.example", .verdict = "allowed", .rule = std::string(1000, 'r')};
    const std::string line = to_line(record, hash);
    hash = sha256_hex(line);
    return line + "\n";
  };
  const std::string first = next_line();
  std::string older;
  while (older.size() + 4000 < (std::size_t{8} << 20U)) {
    older += next_line();
  }
  std::string current = next_line();
  current += next_line();
  const auto write = [&](const char* name, const std::string& text) { std::ofstream(session.directory() / name) << text; };

  write("egress.old.jsonl", older);
  write("egress.jsonl", current);
  const Captured full = program.run({"logs", "--verify", id});
  CHECK(full.status == ExitStatus::exited(0));
  CHECK(full.output.find("older ones were dropped") != std::string::npos);
  CHECK(full.output.ends_with("hash of the last line: " + hash + "\n"));

  write("egress.old.jsonl", first + older.substr(0, older.find('\n') + 1));
  write("egress.jsonl", older.substr(older.find('\n') + 1, older.find('\n') + 1));
  CHECK(program.run({"logs", "--verify", id}).output.starts_with("3 lines, as they were written\n"));
  CHECK(program.run({"logs", "--egress", id}).output.starts_with(first));
  write("egress.old.jsonl", older.substr(0, older.find('\n') + 1));
  CHECK(program.run({"logs", "--verify", id}).status == ExitStatus::exited(1));
}

TEST_CASE("of several sessions to remove, a wrong name does not save the others") {
  const Program program;
  std::string id;
  {
    SessionHandle session = SessionStore(program.home() / "state/sessions").create("claude");
    session.update([](SessionRecord& record) { record.launcher = {}; });  // else it is us, and is ended
    id = session.record().id;
  }
  const Captured result = program.run({"rm", "no-such-one", id});
  CHECK(result.status == ExitStatus::exited(2));
  CHECK(result.error_output.find("no-such-one") != std::string::npos);
  CHECK(program.run({"ls", "-q"}).output.empty());
}

TEST_CASE("logs follow no link that an escaped QEMU has put there") {
  const Program program;
  SessionStore store(program.home() / "state/sessions");
  const SessionHandle session = store.create("claude");
  std::ofstream(program.home() / "private") << "not for show\n";
  fs::create_directory(session.directory() / "vm");
  fs::create_symlink(program.home() / "private", session.directory() / "vm/qemu.log");
  const Captured logs = program.run({"logs", session.record().id});
  CHECK(logs.output.find("not for show") == std::string::npos);
  CHECK(logs.status == ExitStatus::exited(125));
}

TEST_CASE("doctor's exit code says whether there is a problem") {
  const Program program;
  const Captured result = program.run({"doctor", "--json"});
  bool problem = false;
  for (const auto& finding : nlohmann::json::parse(result.output)) {
    problem = problem || finding.at("level") == "problem";
  }
  CHECK(result.status == ExitStatus::exited(problem ? 1 : 0));
}

TEST_CASE("completion and aliases are taken by real shells") {
  const Program program;
  CHECK(program.run_script("eval \"$(\"$agentbox\" alias claude)\" && alias claude").output ==
        "alias claude='agentbox claude'\n");
  CHECK(program.run({"alias", "x;y"}).status == ExitStatus::exited(2));
  CHECK(program.run_script("\"$agentbox\" completion bash > \"$AGENTBOX_HOME/c\" && bash -n \"$AGENTBOX_HOME/c\"")
            .status.success());
}

}  // namespace agentbox::program_test
