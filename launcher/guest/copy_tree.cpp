// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/copy_tree.hpp"

#include "guest/disks.hpp"
#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace agentbox::guest {
namespace {

// An overlay takes it along when it copies a file up.
constexpr const char* closed_mark = "trusted.agentbox.closed";

// As many as a client of NBD in QEMU has under way at the most (block/nbd.c).
constexpr std::size_t files_ahead = 16;

enum class Copied { as_it_is, closed, gone };

// Null when it is closed to us, or gone: errno says which.
std::unique_ptr<Descriptor> open_to_read(const std::string& path) {
  try {
    return std::make_unique<Descriptor>(path, O_RDONLY | O_NOFOLLOW);
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::permission_denied || error.code() == std::errc::no_such_file_or_directory) {
      errno = error.code().value();
      return nullptr;
    }
    throw;
  }
}

// Why something could not be opened or read. What the host hides by name alone, since nothing can be mounted over it there, is empty, as it is
// where something is. What its user cannot read must not look as if nothing were in it: nobody can read it here either.
Copied without_content(const struct stat& status, const User& user) {
  const bool readable = (status.st_mode & (status.st_uid == user.uid ? S_IRUSR : S_IRGRP | S_IROTH)) != 0;
  return readable ? Copied::as_it_is : Copied::closed;
}

Copied copy_content(const std::string& from, const std::string& to, const struct stat& status, const User& user) {
  const auto source = open_to_read(from);
  if (!source && errno == ENOENT) {
    return Copied::gone;
  }
  const Descriptor target(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!source) {
    return without_content(status, user);
  }
  static std::vector<char> buffer(std::size_t{512} * 1024);  // as much as one 9p message holds; a new one for each file costs more than the file
  while (const ssize_t count = read(source->get(), buffer.data(), buffer.size())) {
    if (count < 0 && errno == closed_on_disk && is_on_project_disk(source->get())) {
      return Copied::closed;
    }
    if (count < 0) {
      fail("cannot read " + from);
    }
    write_all(target.get(), buffer.data(), static_cast<std::size_t>(count), to);
  }
  return Copied::as_it_is;
}

Copied copy_link(const std::string& from, const std::string& to) {
  std::array<char, 4097> target{};
  const ssize_t length = readlink(from.c_str(), target.data(), target.size() - 1);
  if (length < 0 && errno == ENOENT) {
    return Copied::gone;
  }
  if (length < 0 || symlink(std::string(target.data(), static_cast<std::size_t>(length)).c_str(), to.c_str()) != 0) {
    fail("cannot copy the link " + from);
  }
  return Copied::as_it_is;
}

// Asks for what is in the next files before it is needed: each is a message to the host and back, and these can be under way together. Of the
// project's disk alone: on the share to open a file is several messages already.
void read_ahead(const std::string& directory, const std::vector<std::string>& names, std::size_t begin) {
  if (begin % files_ahead != 0) {
    return;  // asked for already
  }
  for (std::size_t at = begin; at < std::min(begin + files_ahead, names.size()); ++at) {
    const int fd = open((directory + "/" + names[at]).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
      posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
      close(fd);
    }
  }
}

// Last, since what is done in a directory changes its times. On a share of the host's, files can be its user's only.
void copy_about(struct stat status, const std::string& to, Copied copied) {
  const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
  if (copied == Copied::closed) {
    status.st_uid = status.st_gid = 0;
    status.st_mode &= S_IFMT;
    if (lsetxattr(to.c_str(), closed_mark, "y", 1, 0) != 0) {
      fail("cannot mark " + to);
    }
  }
  if ((lchown(to.c_str(), status.st_uid, status.st_gid) != 0 && errno != EPERM) ||
      (!S_ISLNK(status.st_mode) && chmod(to.c_str(), status.st_mode & 0777) != 0) ||
      utimensat(AT_FDCWD, to.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
    fail("cannot copy the attributes of " + to);
  }
}

// The directories above path, as they are in the other tree.
void copy_parents(const std::string& from, const std::string& to, const std::string& path) {
  for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string parent = path.substr(0, at);
    struct stat status {};
    if (mkdir((to + "/" + parent).c_str(), 0700) == 0) {
      if (lstat((from + "/" + parent).c_str(), &status) != 0) {
        fail("cannot look at " + parent);
      }
      copy_about(status, to + "/" + parent, Copied::as_it_is);
    } else if (errno != EEXIST) {
      fail("cannot make " + to + "/" + parent);
    }
  }
}

// What git says of a repository, as user: its files may have been made by anybody.
std::vector<std::string> tracked_files(const std::string& directory, const User& user) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    fail("cannot make a pipe");
  }
  const pid_t child = fork();
  if (child < 0) {
    fail("cannot start git");
  }
  if (child == 0) {
    if (dup2(ends[1], STDOUT_FILENO) >= 0 && setgroups(0, nullptr) == 0 && setgid(user.gid) == 0 && setuid(user.uid) == 0) {
      execlp("git", "git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", directory.c_str(), "ls-files", "-z",
             "--cached", "--others", "--exclude-standard", static_cast<char*>(nullptr));
    }
    _exit(127);
  }
  close(ends[1]);
  std::vector<std::string> files;
  std::string pending;
  std::array<char, 65536> buffer{};
  while (const ssize_t count = read(ends[0], buffer.data(), buffer.size())) {
    if (count < 0) {
      fail("cannot read what git says");
    }
    for (const char byte : std::string(buffer.data(), static_cast<std::size_t>(count))) {
      if (byte != '\0') {
        pending += byte;
      } else {
        files.push_back(std::exchange(pending, {}));
      }
    }
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? files : std::vector<std::string>{};
}

}  // namespace

bool is_marked_closed(const std::string& path) { return lgetxattr(path.c_str(), closed_mark, nullptr, 0) > 0; }

void copy_entry(const std::string& from, const std::string& to, const User& user) {
  struct stat status {};
  if (lstat(from.c_str(), &status) != 0) {
    if (errno == ENOENT) {
      return;  // the host removed it meanwhile
    }
    fail("cannot look at " + from);
  }
  if (S_ISDIR(status.st_mode)) {
    copy_tree(from, to, user);
    return;
  }
  Copied copied = Copied::as_it_is;
  if (S_ISREG(status.st_mode)) {
    copied = copy_content(from, to, status, user);
  } else if (S_ISLNK(status.st_mode)) {
    copied = copy_link(from, to);
  } else {
    return;
  }
  if (copied != Copied::gone) {
    copy_about(status, to, copied);
  }
}

void copy_tree(const std::string& from, const std::string& to, const User& user) {
  struct stat status {};
  Copied copied = Copied::as_it_is;
  if (lstat(from.c_str(), &status) != 0 || mkdir(to.c_str(), 0700) != 0) {
    fail("cannot copy " + from);
  }
  std::vector<std::string> names;
  bool on_disk = false;
  {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(from.c_str()), &closedir);
    if (!directory) {
      if (errno != EACCES && errno != ENOENT) {
        fail("cannot list " + from);
      }
      copied = errno == EACCES ? without_content(status, user) : Copied::as_it_is;
    }
    on_disk = directory && is_on_project_disk(dirfd(directory.get()));
    errno = 0;
    while (const dirent* entry = directory ? readdir(directory.get()) : nullptr) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        names.emplace_back(name);
      }
      errno = 0;
    }
    if (directory && errno != 0) {
      if (errno != closed_on_disk || !on_disk) {
        fail("cannot list " + from);
      }
      copied = Copied::closed;
    }
  }
  for (std::size_t at = 0; at < names.size(); ++at) {
    if (on_disk) {
      read_ahead(from, names, at);
    }
    copy_entry(from + "/" + names[at], to + "/" + names[at], user);
  }
  copy_about(status, to, copied);
}

bool copy_tracked(const std::string& from, const std::string& to, const User& user) {
  const std::vector<std::string> files = tracked_files(from, user);
  if (files.empty()) {
    return false;
  }
  struct stat status {};
  if (lstat(from.c_str(), &status) != 0 || mkdir(to.c_str(), 0700) != 0) {
    fail("cannot copy " + from);
  }
  const bool on_disk = is_on_project_disk(Descriptor(from, O_RDONLY | O_DIRECTORY).get());
  for (std::size_t at = 0; at < files.size(); ++at) {
    if (on_disk) {
      read_ahead(from, files, at);
    }
    const std::string& file = files[at];
    copy_parents(from, to, file);
    struct stat there {};
    if (lstat((to + "/" + file).c_str(), &there) != 0) {  // a file in conflict is listed thrice
      copy_entry(from + "/" + file, to + "/" + file, user);
    }
  }
  copy_entry(from + "/.git", to + "/.git", user);
  copy_about(status, to, Copied::as_it_is);
  return true;
}

}  // namespace agentbox::guest
