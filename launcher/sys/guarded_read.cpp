// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/guarded_read.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/secret_memory.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace agentbox {

namespace {

struct OpenFile {
  UniqueFd fd;
  struct stat info;
};

std::string refusal(const std::filesystem::path& path, std::string_view reason) {
  return fmt::format("refusing to read {}: {}", escape_untrusted(path.native()), reason);
}

/// Without a descriptor when nothing is there.
OpenFile open_regular_if_exists(const std::filesystem::path& path) {
  OpenFile file{};
  // O_NONBLOCK: opening a FIFO would wait for its writer before we could see what it is.
  file.fd = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file.fd && errno == ELOOP) {
    throw Error(ErrorKind::environment, refusal(path, "it is a symbolic link"));
  }
  if (!file.fd && errno == ENOENT) {
    return file;
  }
  if (!file.fd || ::fstat(file.fd.get(), &file.info) != 0) {
    throw system_error("cannot open " + escape_untrusted(path.native()));
  }
  if (!S_ISREG(file.info.st_mode)) {
    throw Error(ErrorKind::environment, refusal(path, "it is not a regular file"));
  }
  return file;
}

OpenFile open_regular(const std::filesystem::path& path) {
  OpenFile file = open_regular_if_exists(path);
  if (!file.fd) {
    throw system_error("cannot open " + escape_untrusted(path.native()));
  }
  return file;
}

OpenFile open_private(const std::filesystem::path& path) {
  OpenFile file = open_regular(path);
  if (file.info.st_uid != ::geteuid()) {
    throw Error(ErrorKind::environment, refusal(path, fmt::format("it belongs to user {}", file.info.st_uid)),
                "A secret must belong to the user who runs agentbox: remove the file and set the secret again.");
  }
  if ((file.info.st_mode & 0077U) != 0) {
    throw Error(ErrorKind::environment,
                refusal(path, fmt::format("its mode is {:04o}, so others can get at it", file.info.st_mode & 07777U)),
                "Run: chmod 600 " + shell_quote(path.native()));
  }
  return file;
}

}  // namespace

std::string read_regular_file(const std::filesystem::path& path, ByteSize limit) {
  return read_to_end(open_regular(path).fd.get(), path, limit);
}

UniqueFd open_regular_file_if_exists(const std::filesystem::path& path) { return open_regular_if_exists(path).fd; }

std::string read_private_file(const std::filesystem::path& path, ByteSize limit) {
  return read_to_end(open_private(path).fd.get(), path, limit);
}

SecretText read_private_secret(const std::filesystem::path& path, ByteSize limit) {
  return read_secret(open_private(path).fd.get(), limit);
}

void require_unshared_directory(const std::filesystem::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    throw system_error("cannot look at " + escape_untrusted(path.native()));
  }
  const auto refuse = [&](const std::string& reason, std::string hint) {
    return Error(ErrorKind::environment, fmt::format("refusing to use {}: {}", escape_untrusted(path.native()), reason),
                 std::move(hint));
  };
  if (!S_ISDIR(info.st_mode)) {
    throw refuse("it is not a directory", {});
  }
  if (info.st_uid != ::geteuid()) {
    throw refuse(fmt::format("it belongs to user {}", info.st_uid), {});
  }
  if ((info.st_mode & 0022U) != 0) {
    throw refuse("others can write to it", "Run: chmod 700 " + shell_quote(path.native()));
  }
}

}  // namespace agentbox
