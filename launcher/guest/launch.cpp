// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/launch.hpp"

#include "guest/pause.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace agentbox::guest {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open_for_reading(const char* path) { return {std::fopen(path, "re"), &std::fclose}; }

void check(int result, const char* what) {
  if (result != 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
}

void set_variable(const char* name, const std::string& value) { check(setenv(name, value.c_str(), 1), name); }

/// Whether programs here can find out what this terminal understands (terminfo(5)).
bool is_known_terminal(const std::string& term, const User& user) {
  const std::string below = term.substr(0, 1) + "/" + term;
  for (const std::string& directory : {user.home + "/.terminfo/", std::string("/etc/terminfo/"), std::string("/lib/terminfo/"),
                                       std::string("/usr/share/terminfo/")}) {
    if (access((directory + below).c_str(), R_OK) == 0) {
      return true;
    }
  }
  return false;
}

/// A terminal that nobody here has heard of is taken for the one that most of them imitate; without it no full-screen program
/// would start.
void set_terminal(const User& user) {
  const char* term = std::getenv("TERM");
  if (term != nullptr && isatty(STDIN_FILENO) != 0 && (*term == '\0' || !is_known_terminal(term, user))) {
    set_variable("TERM", "xterm-256color");
  }
}

void set_environment(const User& user) {
  set_variable("HOME", user.home);
  set_variable("USER", user.name);
  set_variable("LOGNAME", user.name);
  set_variable("SHELL", user.shell);
  set_variable("PATH", user.home + "/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  if (std::getenv("LANG") == nullptr) {
    set_variable("LANG", "C.UTF-8");
  }
  set_terminal(user);
}

void become(const User& user) {
  // sshd gave the terminal to root, who logged in; programs open it again by name (tmux, gpg).
  if (isatty(STDIN_FILENO) != 0) {
    check(fchown(STDIN_FILENO, user.uid, static_cast<gid_t>(-1)), "cannot hand over the terminal");
  }
  check(setgroups(user.groups.size(), user.groups.data()), "cannot set groups");
  check(setgid(user.gid), "cannot set the group");
  check(setuid(user.uid), "cannot set the user");
}

}  // namespace

User find_user(const std::string& name) {
  User user;
  bool found = false;
  const File passwords = open_for_reading("/etc/passwd");
  while (const passwd* entry = passwords ? fgetpwent(passwords.get()) : nullptr) {
    if (name == entry->pw_name) {
      user = {name, entry->pw_uid, entry->pw_gid, entry->pw_dir, entry->pw_shell, {entry->pw_gid}};
      found = true;
      break;
    }
  }
  if (!found) {
    throw std::runtime_error("the guest has no user \"" + name + "\"");
  }
  const File groups = open_for_reading("/etc/group");
  while (const group* entry = groups ? fgetgrent(groups.get()) : nullptr) {
    for (char** member = entry->gr_mem; *member != nullptr; ++member) {
      if (name == *member) {
        user.groups.push_back(entry->gr_gid);
      }
    }
  }
  return user;
}

int become_and_exec(const GuestPlan& plan, const User& user) {
  set_environment(user);
  join_session_group();
  become(user);
  umask(022);
  const std::string& directory = plan.directory.empty() ? user.home : plan.directory;
  if (chdir(directory.c_str()) != 0) {
    std::fprintf(stderr, "agentbox: cannot enter %s in the guest: %s\n", directory.c_str(), std::strerror(errno));
    return 126;
  }
  std::vector<std::string> words = plan.argv;
  std::string program;
  if (words.empty()) {
    // A leading dash makes it a login shell (bash(1), INVOCATION).
    program = user.shell;
    words = {"-" + program.substr(program.rfind('/') + 1)};
  } else {
    program = words.front();
  }
  std::vector<char*> argv;
  for (auto& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  execvp(program.c_str(), argv.data());
  const int error = errno;
  std::fprintf(stderr, "agentbox: cannot run %s in the guest: %s\n", program.c_str(), std::strerror(error));
  return error == ENOENT ? 127 : 126;
}

}  // namespace agentbox::guest
