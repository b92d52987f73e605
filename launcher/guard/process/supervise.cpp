// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/process/supervise.hpp"

#include "core/error.hpp"
#include "sys/name_calls.hpp"
#include "sys/unique_fd.hpp"

#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <vector>

namespace agentbox {
namespace {

// Newer than the headers of the oldest supported system: the answer wakes the caller on the processor that we are on, Linux 6.6.
constexpr unsigned long set_flags_request = SECCOMP_IOW(4, __u64);
constexpr unsigned long wake_in_place = 1;

/// The kernel may know longer structures than our headers do.
struct Buffers {
  std::vector<char> request;
  std::vector<char> answer;
};

Buffers make_buffers() {
  seccomp_notif_sizes sizes{};
  if (::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) {
    throw system_error("cannot supervise system calls");
  }
  return {std::vector<char>(std::max<std::size_t>(sizes.seccomp_notif, sizeof(seccomp_notif))),
          std::vector<char>(std::max<std::size_t>(sizes.seccomp_notif_resp, sizeof(seccomp_notif_resp)))};
}

/// A name in another process's memory, a page at a time: the next page may not be there.
std::optional<std::string> read_name(pid_t pid, std::uint64_t address) {
  constexpr std::uint64_t page = 4096;
  std::string name;
  std::array<char, page> buffer;
  while (name.size() < PATH_MAX) {
    const std::size_t size = page - (address + name.size()) % page;
    const iovec ours{buffer.data(), size};
    const iovec theirs{reinterpret_cast<void*>(address + name.size()), size};
    const ssize_t got = ::process_vm_readv(pid, &ours, 1, &theirs, 1, 0);
    if (got <= 0) {
      return std::nullopt;
    }
    const auto* end = static_cast<const char*>(std::memchr(buffer.data(), '\0', static_cast<std::size_t>(got)));
    name.append(buffer.data(), end != nullptr ? static_cast<std::size_t>(end - buffer.data()) : static_cast<std::size_t>(got));
    if (end != nullptr) {
      return name.size() < PATH_MAX ? std::optional(name) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::string in_proc(pid_t pid, int directory) {
  return "/proc/" + std::to_string(pid) + (directory == AT_FDCWD ? std::string("/cwd") : "/fd/" + std::to_string(directory));
}

/// Where a descriptor of another process is, as that process sees it.
std::optional<std::string> directory_of(const std::string& link) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  if (length <= 0 || length == static_cast<ssize_t>(target.size())) {
    return std::nullopt;
  }
  return std::string(target.data(), static_cast<std::size_t>(length));
}

std::optional<FileId> file_at(int base, const std::string& path) {
  struct stat status {};
  if (::fstatat(base, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::nullopt;
  }
  return FileId{.device = status.st_dev, .inode = status.st_ino};
}

/// A name in a directory that is open: what lies above is found from there, not by its path, which may be another's by now.
AskedName in_directory(const std::string& link, const std::string& directory, const std::string& name) {
  const std::size_t depth = parts_of(directory).size();
  return {.path = joined_path(directory, name), .file = [link, depth, name](std::size_t part) -> std::optional<FileId> {
            const UniqueFd base(::open(link.c_str(), O_PATH | O_CLOEXEC));
            if (part > depth || name.find('/') != std::string::npos || name == "..") {
              return std::nullopt;
            }
            std::string path = part == depth ? name : ".";
            for (std::size_t up = part + 1; up < depth; ++up) {
              path += "/..";
            }
            return file_at(base.get(), path);
          }};
}

/// A whole path, as only other programs than QEMU's file server use it.
AskedName by_path(pid_t pid, const std::string& name) {
  const std::string path = joined_path({}, name);
  return {.path = path, .file = [pid, path](std::size_t part) {
            std::string place = "/proc/" + std::to_string(pid) + "/root";
            const PathParts parts = parts_of(path);
            for (std::size_t i = 0; i <= part; ++i) {
              (place += '/') += parts[i];
            }
            return file_at(AT_FDCWD, place);
          }};
}

std::optional<AskedName> asked_name(pid_t pid, const NameArgument& argument) {
  const auto name = read_name(pid, argument.address);
  if (!name || name->starts_with('/')) {
    return name ? std::optional(by_path(pid, *name)) : std::nullopt;
  }
  const std::string link = in_proc(pid, argument.directory);
  const auto directory = directory_of(link);
  return directory ? std::optional(in_directory(link, *directory, *name)) : std::nullopt;
}

int judge(const seccomp_notif& request, const GuardedTrees& trees) {
  const auto call = name_call(request.data);
  if (!call) {
    return EACCES;
  }
  std::array<std::optional<AskedName>, 2> names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (call->names[i]) {
      names[i] = asked_name(static_cast<pid_t>(request.pid), *call->names[i]);
    }
  }
  return trees.judge(call->verb, names);
}

/// pidfd_getfd(2) wants the process; a notification names the thread.
pid_t process_of(pid_t thread) {
  std::ifstream status("/proc/" + std::to_string(thread) + "/status");
  std::string field;
  while (status >> field) {
    if (field == "Tgid:") {
      pid_t process = 0;
      status >> process;
      return process;
    }
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

/// Whether the thread still waits. If not, what was found by its number may be another's.
bool still_waits(int listener, const seccomp_notif& request) {
  return ::ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &request.id) == 0;
}

/// Sets the flags in its place, all but O_APPEND: the guest's offsets are right, and its pages must not go to the end of the file
/// (docs/decisions/0043). Returns the error that the call fails with, or 0.
int set_flags(int listener, const seccomp_notif& request, const AppendingCall& call) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, process_of(static_cast<pid_t>(request.pid)), 0)));
  const UniqueFd file(process ? static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), call.descriptor, 0)) : -1);
  if (!file) {
    return EBADF;
  }
  return still_waits(listener, request) && ::fcntl(file.get(), F_SETFL, call.flags & ~O_APPEND) == 0 ? 0 : EPERM;
}

}  // namespace

void supervise(int listener, const GuardedTrees& trees) {
  Buffers buffers = make_buffers();
  ::ioctl(listener, set_flags_request, wake_in_place);  // for speed alone
  for (;;) {
    pollfd waiting{listener, POLLIN, 0};
    if (::poll(&waiting, 1, -1) < 0) {
      continue;  // a signal
    }
    if ((waiting.revents & POLLIN) == 0) {
      return;
    }
    std::fill(buffers.request.begin(), buffers.request.end(), '\0');
    std::fill(buffers.answer.begin(), buffers.answer.end(), '\0');
    auto& request = *reinterpret_cast<seccomp_notif*>(buffers.request.data());
    auto& answer = *reinterpret_cast<seccomp_notif_resp*>(buffers.answer.data());
    if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) {
      if (errno == EINTR || errno == ENOENT) {
        continue;  // its thread has ended meanwhile, or was interrupted: it calls again
      }
      throw system_error("cannot supervise system calls");
    }
    answer.id = request.id;
    const auto appending = appending_call(request.data);
    const int error = appending ? set_flags(listener, request, *appending) : judge(request, trees);
    if (!still_waits(listener, request)) {
      continue;
    }
    answer.error = -error;
    answer.flags = error == 0 && !appending ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);  // fails when that thread has gone
  }
}

}  // namespace agentbox
