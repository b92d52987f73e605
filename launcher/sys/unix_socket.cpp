// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/unix_socket.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace agentbox {

namespace {

/// An address by way of the open directory: its length depends on the file's name only, not on the whole path's.
class SocketAddress {
 public:
  explicit SocketAddress(const std::filesystem::path& path)
      : directory_(open_directory(path.has_parent_path() ? path.parent_path() : ".")), name_(path.filename().native()) {
    const std::string short_path = "/proc/self/fd/" + std::to_string(directory_.get()) + "/" + name_;
    if (name_.empty() || short_path.size() >= sizeof address_.sun_path) {
      throw system_error(ENAMETOOLONG, "cannot use " + escape_untrusted(path.native()) + " as a socket");
    }
    address_.sun_family = AF_UNIX;
    std::memcpy(address_.sun_path, short_path.c_str(), short_path.size() + 1);
  }

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] static socklen_t size() { return sizeof(sockaddr_un); }

  /// A socket file that nobody listens on any more stays behind when its owner dies.
  void remove_stale_socket() const {
    struct stat info {};
    if (::fstatat(directory_.get(), name_.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(info.st_mode)) {
      ::unlinkat(directory_.get(), name_.c_str(), 0);
    }
  }

 private:
  UniqueFd directory_;
  std::string name_;
  sockaddr_un address_{};
};

UniqueFd make_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) {
    throw system_error("cannot make a socket");
  }
  return fd;
}

}  // namespace

UniqueFd listen_unix(const std::filesystem::path& path) {
  const SocketAddress address(path);
  address.remove_stale_socket();
  UniqueFd fd = make_socket();
  // bind(2) takes the new file's mode from the socket's inode, so nobody else can connect even for a moment; no umask
  // of the whole process needs to change.
  if (::fchmod(fd.get(), 0600) != 0 || ::bind(fd.get(), address.get(), SocketAddress::size()) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0) {
    throw system_error("cannot listen on " + escape_untrusted(path.native()));
  }
  return fd;
}

UniqueFd connect_unix(const std::filesystem::path& path) {
  const SocketAddress address(path);
  UniqueFd fd = make_socket();
  while (::connect(fd.get(), address.get(), SocketAddress::size()) != 0) {
    if (errno != EINTR) {
      throw system_error("cannot connect to " + escape_untrusted(path.native()));
    }
  }
  return fd;
}

}  // namespace agentbox
