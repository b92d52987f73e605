// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/namespaces.hpp"

#include "core/error.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace agentbox {
namespace {

bool write_file_at(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  return fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// In the child; its exit code is errno.
int try_namespaces(const std::string& user_map) {
  // AppArmor on Ubuntu lets the namespace be made and then gives no rights in it: a mount shows.
  const bool works = ::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0 &&
                     write_file_at("/proc/self/uid_map", user_map) &&
                     ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return works ? 0 : errno;
}

}  // namespace

std::optional<std::string> namespace_problem() {
  const std::string user_map = "0 " + std::to_string(::geteuid()) + " 1";
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(try_namespaces(user_map));
  }
  if (child < 0) {
    throw system_error("cannot start another process");
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return std::nullopt;
  }
  const int error = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;  // a filter may have killed it
  return "user namespaces are refused: " + std::generic_category().message(error);
}

}  // namespace agentbox
