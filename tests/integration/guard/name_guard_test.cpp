// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/name_guard.hpp"

#include "guard/shields.hpp"
#include "integration/vm/vm_support.hpp"
#include "support/catch.hpp"
#include "sys/pidfd.hpp"
#include "vm/qemu/confinement.hpp"
#include "vm/qemu/syscall_filter.hpp"

#include <fcntl.h>

#include <csignal>
#include <map>

namespace agentbox::name_guard_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

// The real guard, the real room, and a probe in QEMU's place.

namespace {

void write(const fs::path& path, const std::string& text = "x") {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

/// A project with everything that has a standing.
void make_project(const fs::path& top) {
  for (const std::string repository : {".git", "sub/.git", ".git/modules/lib"}) {
    write(top / repository / "config");
    write(top / repository / "HEAD");
    for (const char* directory : {"hooks", "info", "objects", "refs/heads"}) {
      fs::create_directories(top / repository / directory);
    }
  }
  write(top / ".git/worktrees/w/commondir");
  write(top / "linked/.git");
  for (const char* file : {".env", "sub/.env", ".env.example", "id_rsa", "secrets/x", ".claude/settings.json"}) {
    write(top / file, "content");
  }
  write(top / ".agentboxignore", "/secrets/\n");
}

GuardRules rules() {
  GuardRules rules = default_guard_rules();
  rules.hidden_by_project = {"/secrets/"};
  return rules;
}

std::map<std::string, std::string> run_probe(ProcessSpec process, const SupervisedNames& supervision, NameGuard& guard) {
  PipeEnds output = make_pipe();
  process.fds.push_back({output.write.get(), STDOUT_FILENO});
  process.fds.push_back({STDERR_FILENO, STDERR_FILENO});
  process.supervised = &supervision;
  ChildProcess probe = ChildProcess::spawn(process);
  guard.handed_over();
  output.write.reset();
  const std::string text = read_to_end(output.read.get(), "the probe", ByteSize::mebibytes(1));
  CHECK(probe.wait().success());
  CHECK(text.ends_with("done\n"));
  std::map<std::string, std::string> results;
  for (const auto& line : split(trim(text), '\n')) {
    const auto colon = line.find(": ");
    results[line.substr(0, colon)] = colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return results;
}

const std::vector<std::string>& legitimate() {
  static const std::vector<std::string> names{"works", "writes a page anew of a file that is open for appending", "commits", "adds a worktree", "makes a repository", "reads git's config",
                                              "reads an example", "lists a directory", "moves a directory with a repository and secrets in it"};
  return names;
}

void check(const std::map<std::string, std::string>& results, const std::vector<std::string>& also) {
  for (const auto& [name, result] : results) {
    const bool allowed = std::find(legitimate().begin(), legitimate().end(), name) != legitimate().end() ||
                         std::find(also.begin(), also.end(), name) != also.end() || name == "done";
    INFO(name << ": " << result);
    CHECK((result == "yes" || name == "done") == allowed);
  }
}

/// The room has no other directory with programs than /usr.
std::string system_python() {
  const std::string python = "/usr/bin/python3";
  if (!fs::exists(python)) {
    skip(python + " is not installed");
  }
  return python;
}

std::string probe_script() { return read_file(AGENTBOX_TEST_SUPPORT_DIR "/name_probe.py"); }

}  // namespace

TEST_CASE("in its room a QEMU changes nothing guarded and sees nothing hidden") {
  const std::string python = system_python();
  if (const auto problem = confinement_problem()) {
    skip("no confinement here: " + *problem);
  }
  const VmTest test;
  make_project(test.workspace());
  write(test.path() / "nothing/file", "");
  fs::create_directories(test.path() / "nothing/directory");
  VmSpec spec = test.spec("/usr/bin/true");
  Survey found = survey(Beneath(test.workspace()), Guard(rules()), Exported::writable);
  CHECK(found.repositories.directories.size() == 2);
  spec.workspace.shields = found.shields;
  spec.nothing = test.path() / "nothing";
  NameGuard guard = NameGuard::start(AGENTBOX_GUARD_PROGRAM, {{"/workspace", rules(), found.repositories, file_id(spec.nothing / "file")}});

  ConfinedVm vm = confine(spec, test.files(Confinement::bubblewrap), inspect_host(python), {4, 5});
  vm.argv.insert(vm.argv.end(), {python, "-c", probe_script(), "/workspace"});
  const UniqueFd info = open_file("/dev/null", O_WRONLY);
  PipeEnds filter = make_pipe();
  write_all(filter.write.get(), syscall_filter());
  filter.write.reset();
  write(test.workspace() / "late.pem", "made while the session runs");
  const auto results = run_probe({.argv = vm.argv,
                                  .environment = std::vector<std::string>{"PATH=/usr/bin:/bin"},
                                  .working_directory = {},
                                  .fds = {{info.get(), 4}, {filter.read.get(), 5}}},
                                 guard.supervision(AskedOpens::files), guard);
  check(results, {});
  CHECK(read_file(test.workspace() / ".git/config") == "x");
  CHECK(fs::exists(test.workspace() / "fresh/.git/config"));
  CHECK_FALSE(fs::exists(test.workspace() / "new/.env"));
  CHECK(wait_readable(guard.pidfd(), Clock::now() + std::chrono::seconds(20)));  // it ends with what it watches
}

TEST_CASE("where there are no mounts, names alone are held") {
  const std::string python = system_python();
  const VmTest test;
  make_project(test.workspace());
  const Survey found = survey(Beneath(test.workspace()), Guard(rules()), Exported::writable);
  NameGuard guard =
      NameGuard::start(AGENTBOX_GUARD_PROGRAM, {{test.workspace().native(), rules(), found.repositories, {}}});
  write(test.workspace() / "late.pem");
  const auto results = run_probe({.argv = {python, "-c", probe_script(), test.workspace().native()}},
                                 guard.supervision(AskedOpens::files_and_directories), guard);
  // What a linked worktree has is written once by git; without a mount nothing keeps it from being written again.
  check(results, {"turns a worktree elsewhere", "turns the gitfile elsewhere"});
}

// Fails closed: a guard that crashed, or was killed, must not open the door.
TEST_CASE("without its guard a process can use no names") {
  const VmTest test;
  NameGuard guard = NameGuard::start(AGENTBOX_GUARD_PROGRAM, {{test.workspace().native(), rules(), {}, {}}});
  const SupervisedNames supervision = guard.supervision(AskedOpens::files);
  PipeEnds go = make_pipe();
  PipeEnds said = make_pipe();
  const std::string script = "read line; echo x > " + shell_quote((test.workspace() / "made").native()) + " || echo refused; exec true";
  ChildProcess child = ChildProcess::spawn({.argv = {"/bin/sh", "-c", "echo up; " + script},
                                            .fds = {{go.read.get(), STDIN_FILENO}, {said.write.get(), STDOUT_FILENO}},
                                            .supervised = &supervision});
  guard.handed_over();
  said.write.reset();
  std::string text(3, '\0');
  REQUIRE(::read(said.read.get(), text.data(), 3) == 3);
  send_signal(guard.pidfd(), SIGKILL);
  REQUIRE(wait_readable(guard.pidfd(), Clock::now() + std::chrono::seconds(20)));
  write_all(go.write.get(), "go\n");
  CHECK(read_to_end(said.read.get(), "the child", ByteSize::mebibytes(1)) == "refused\n");
  child.wait();
  CHECK_FALSE(fs::exists(test.workspace() / "made"));
}

TEST_CASE("a QEMU whose guard did not start is not started") {
  const VmTest test;
  NameGuard guard = NameGuard::start("/bin/true", {{test.workspace().native(), rules(), {}, {}}});
  REQUIRE(wait_readable(guard.pidfd(), Clock::now() + std::chrono::seconds(20)));
  const SupervisedNames supervision = guard.supervision(AskedOpens::files);
  CHECK_THROWS_AS(ChildProcess::spawn({.argv = {"/bin/true"}, .supervised = &supervision}), Error);
}

TEST_CASE("the survey finds what is there, and does not follow links") {
  const VmTest test;
  make_project(test.workspace());
  fs::create_directories(test.path() / "outside/.git/hooks");
  fs::create_directory_symlink(test.path() / "outside", test.workspace() / "link");
  const auto shields = [&](Exported exported) {
    std::string text;
    for (const auto& [path, kind] : survey(Beneath(test.workspace()), Guard(rules()), exported).shields) {
      text += std::string(1, "prfd"[static_cast<int>(kind)]) + " " + path + "\n";
    }
    return text;
  };
  CHECK(shields(Exported::writable) ==
        "r .agentboxignore\np .claude\nr .claude/settings.json\nf .env\np .git\nr .git/config\nr .git/hooks\np .git/info\np .git/modules\n"
        "p .git/modules/lib\nr .git/modules/lib/config\nr .git/modules/lib/hooks\np .git/modules/lib/info\np .git/worktrees\n"
        "p .git/worktrees/w\nr .git/worktrees/w/commondir\nf id_rsa\nr linked/.git\nd secrets\nf sub/.env\np sub/.git\nr sub/.git/config\n"
        "r sub/.git/hooks\np sub/.git/info\n");
  CHECK(shields(Exported::read_only) == "f .env\nf id_rsa\nd secrets\nf sub/.env\n");
}

}  // namespace agentbox::name_guard_test
