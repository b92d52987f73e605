// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/left_out.hpp"

#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"
#include "guest/layers.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <iterator>
#include <utility>

namespace agentbox::guest {
namespace {

using Workspace = GuestPlan::Prepare::Workspace;

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    fail("cannot make a pipe");
  }
  return {ends[0], ends[1]};
}

/// A name that cannot be looked at is none, too.
bool can_be_found(const std::string& path) { return faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0; }

[[noreturn]] void become_git(const std::string& workspace, uid_t uid, gid_t gid, int questions, int answers) {
  if (dup2(questions, STDIN_FILENO) >= 0 && dup2(answers, STDOUT_FILENO) >= 0 && setgroups(0, nullptr) == 0 &&
      setgid(gid) == 0 && setuid(uid) == 0) {
    setenv("HOME", "/", 1);  // root's, from where we come, cannot be read
    signal(SIGPIPE, SIG_DFL);
    // Of a path that is not ignored the answer has empty fields (-n); each answer is sent at once.
    execlp("git", "git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", workspace.c_str(),
           "check-ignore", "--stdin", "-z", "-v", "-n", static_cast<char*>(nullptr));
  }
  _exit(127);
}

}  // namespace

IgnoreQuestions::IgnoreQuestions(const std::string& workspace, uid_t uid, gid_t gid) {
  signal(SIGPIPE, SIG_IGN);  // a git that has ended is an answer
  const Pipe questions = make_pipe();
  const Pipe answers = make_pipe();
  git_ = fork();
  if (git_ < 0) {
    fail("cannot start git");
  }
  if (git_ == 0) {
    become_git(workspace, uid, gid, questions.read, answers.write);
  }
  close(questions.read);
  close(answers.write);
  questions_ = questions.write;
  answers_ = answers.read;
}

IgnoreQuestions::~IgnoreQuestions() { stop(); }

void IgnoreQuestions::stop() {
  if (git_ > 0) {
    close(questions_);
    close(answers_);
    waitpid(git_, nullptr, 0);
    git_ = -1;
  }
}

bool IgnoreQuestions::read_field(std::string& field) {
  std::array<char, 4096> part{};
  std::size_t end = heard_.find('\0');
  while (end == std::string::npos) {
    const ssize_t count = read(answers_, part.data(), part.size());
    if (count <= 0) {
      return false;
    }
    heard_.append(part.data(), static_cast<std::size_t>(count));
    end = heard_.find('\0');
  }
  field = heard_.substr(0, end);
  heard_.erase(0, end + 1);
  return true;
}

// The answer: the file of the pattern, its line, the pattern, the path. A pattern with "!" says that it is not ignored.
bool IgnoreQuestions::ignores(const std::string& path) {
  if (git_ < 0) {
    return false;
  }
  std::array<std::string, 4> answer;
  const std::string question = path + '\0';
  const bool asked = write(questions_, question.data(), question.size()) == static_cast<ssize_t>(question.size());
  if (!asked || !std::all_of(answer.begin(), answer.end(), [this](std::string& field) { return read_field(field); })) {
    stop();
    return false;
  }
  const std::string& pattern = answer[2];
  return !pattern.empty() && !pattern.starts_with('!');
}

void LeftOut::note(const Workspace& workspace, const User& user) {
  // What the disk's first session left out stays so, unless all is wanted: a session that was cut off is looked at by another.
  if (workspace.leave_out == Workspace::LeaveOut::ignored && can_be_found(Layers::left_out)) {
    return;
  }
  std::string text = std::to_string(user.uid) + '\0' + std::to_string(user.gid) + '\0' +
                     (workspace.leave_out == Workspace::LeaveOut::ignored ? "ignored" : "") + '\0';
  for (const auto& name : workspace.leave_out_names) {
    text += name + '\0';
  }
  const Descriptor file(Layers::left_out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  write_all(file.get(), text.data(), text.size(), Layers::left_out);
}

LeftOut::LeftOut(std::string workspace) : workspace_(std::move(workspace)) {
  std::ifstream file(Layers::left_out, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> fields;
  for (std::size_t at = 0, end = text.find('\0'); end != std::string::npos; at = end + 1, end = text.find('\0', at)) {
    fields.push_back(text.substr(at, end - at));
  }
  if (fields.size() < 3) {
    return;  // a disk of before there was such a thing
  }
  uid_ = static_cast<uid_t>(std::stoul(fields[0]));
  gid_ = static_cast<gid_t>(std::stoul(fields[1]));
  ask_ = fields[2] == "ignored" && can_be_found(workspace_ + "/.git") ? Ask::git : Ask::nobody;
  names_.assign(fields.begin() + 3, fields.end());
}

LeftOut::~LeftOut() = default;

bool LeftOut::is_in_another_repository(const std::string& path) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto [known, first] = repositories_.try_emplace(path.substr(0, slash));
    if (first) {
      known->second = can_be_found(workspace_ + "/" + known->first + "/.git");
    }
    if (known->second) {
      return true;
    }
  }
  return false;
}

bool LeftOut::covers(const std::string& path, What what) {
  const std::string name = path.substr(path.rfind('/') + 1);
  if (what == What::directory && std::find(names_.begin(), names_.end(), name) != names_.end()) {
    return true;
  }
  // git ends when it is asked about what is in a submodule.
  if (ask_ == Ask::nobody || path == ".git" || path.starts_with(".git/") || is_in_another_repository(path)) {
    return false;
  }
  if (!git_) {
    git_ = std::make_unique<IgnoreQuestions>(workspace_, uid_, gid_);
  }
  return git_->ignores(path);
}

}  // namespace agentbox::guest
