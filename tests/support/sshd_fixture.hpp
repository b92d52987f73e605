// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "ssh/connection.hpp"
#include "ssh/keys.hpp"
#include "support/skip.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"
#include "sys/unique_fd.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>

namespace agentbox::test {

/// A server on a port that the kernel picked, in a process of its own that ends with the fixture. For each connection,
/// serve(fd) runs in one more process.
class TestServer {
 public:
  explicit TestServer(const std::function<void(int)>& serve) {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 64) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw system_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
    pid_ = ::fork();
    if (pid_ == 0) {
      accept_for_ever(serve);
    }
    listener_.reset();
  }
  ~TestServer() {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] Port port() const { return Port(port_); }

 private:
  [[noreturn]] void accept_for_ever(const std::function<void(int)>& serve) const {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    while (true) {
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      while (::waitpid(-1, nullptr, WNOHANG) > 0) {
      }
      if (fd >= 0 && ::fork() == 0) {
        ::signal(SIGPIPE, SIG_DFL);
        try {
          serve(fd);
        } catch (const std::exception&) {  // the peer went away; it must not unwind into a second run of the tests
        }
        std::_Exit(0);
      }
      ::close(fd);
    }
  }

  UniqueFd listener_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

/// A real sshd, one process for each connection, with keys and configuration of its own.
/// Accepts the variables LANG and AGENTBOX_TEST_*.
///
/// Run by root, it lets in a user that exists in a mount namespace of the server only: a login as root is not what
/// guests have (sshd then does without privilege separation, and without signals), and sshd wants its /run/sshd.
class SshdFixture {
 public:
  explicit SshdFixture(const std::string& more_config = {})
      : directory_(std::filesystem::temp_directory_path(), "sshd"),
        host_(generate_key_pair()),
        user_(generate_key_pair()),
        server_((prepare(more_config), [this](int fd) { exec_sshd(fd); })) {}

  [[nodiscard]] SshEndpoint endpoint() const {
    return SshEndpoint{.server = TcpAddress{.port = server_.port()},
                       .user = is_root() ? guest_user : ::getpwuid(::getuid())->pw_name,
                       .host_key = host_.public_key,
                       .private_key = user_.private_key};
  }
  [[nodiscard]] Port port() const { return server_.port(); }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  static constexpr const char* guest_user = "sshd-fixture-guest";
  static bool is_root() { return ::getuid() == 0; }
  [[nodiscard]] std::string path(const char* name) const { return (directory_.path() / name).string(); }

  void prepare(const std::string& more_config) const {
    if (::access("/usr/sbin/sshd", X_OK) != 0) {
      skip("there is no /usr/sbin/sshd");
    }
    write_file_atomically(path("host_key"), host_.private_key, 0600);
    write_file_atomically(path("authorized_keys"), user_.public_key + "\n", 0644);
    write_file_atomically(path("sshd_config"),
                          "HostKey " + path("host_key") + "\nAuthorizedKeysFile " + path("authorized_keys") +
                              "\nStrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nPrintMotd no\n"
                              "PrintLastLog no\nLogLevel QUIET\nAcceptEnv LANG AGENTBOX_TEST_*\n" +
                              more_config + "\n");
    if (is_root()) {
      std::filesystem::permissions(directory_.path(), std::filesystem::perms(0711));  // the user reads its key there
      write_file_atomically(path("passwd"), read_file("/etc/passwd") + guest_user + ":x:54321:54321::/:/bin/sh\n",
                            0644);
      const pid_t probe = ::fork();
      if (probe == 0) {
        std::_Exit(enter_namespace() ? 0 : 1);
      }
      int status = 0;
      ::waitpid(probe, &status, 0);
      if (status != 0) {
        skip("root may not make a mount namespace here, and sshd wants its /run/sshd");
      }
    }
  }

  [[nodiscard]] bool enter_namespace() const {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", "/run", "tmpfs", 0, "mode=755") == 0 && ::mkdir("/run/sshd", 0755) == 0 &&
           ::mount(path("passwd").c_str(), "/etc/passwd", nullptr, MS_BIND, nullptr) == 0;
  }

  void exec_sshd(int fd) const {
    if (is_root() && !enter_namespace()) {
      return;
    }
    ::dup2(fd, 0);
    ::dup2(fd, 1);
    ::close_range(3, ~0U, 0);  // what the test has open is not for the session
    const auto config = path("sshd_config");
    ::execl("/usr/sbin/sshd", "sshd", "-i", "-f", config.c_str(), static_cast<char*>(nullptr));
  }

  TempDir directory_;
  KeyPair host_;
  KeyPair user_;
  TestServer server_;
};

/// Long enough for a busy machine; a test that meets it has failed.
inline Deadline soon() { return Clock::now() + std::chrono::seconds(60); }

}  // namespace agentbox::test
