// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

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
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include "core/error.hpp"
#include "ssh/connection.hpp"
#include "ssh/keys.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"
#include "sys/unique_fd.hpp"

namespace agentbox::test {

/// ctest shows exit code 77 as "skipped".
[[noreturn]] inline void skip(const std::string& why) {
  std::fprintf(stderr, "SKIPPED: %s\n", why.c_str());
  std::_Exit(77);
}

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
        serve(fd);
        std::_Exit(0);
      }
      ::close(fd);
    }
  }

  UniqueFd listener_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

/// A real sshd, run as the current user, one process for each connection, with keys and configuration of its own.
/// Accepts the variables LANG and AGENTBOX_TEST_*.
class SshdFixture {
 public:
  explicit SshdFixture(const std::string& more_config = {})
      : directory_(std::filesystem::temp_directory_path(), "sshd"),
        host_(generate_key_pair()),
        user_(generate_key_pair()),
        server_((write_files(more_config), [this](int fd) { exec_sshd(fd); })) {}

  [[nodiscard]] SshEndpoint endpoint() const {
    return SshEndpoint{.address = "127.0.0.1",
                       .port = server_.port(),
                       .user = ::getpwuid(::getuid())->pw_name,
                       .host_key = host_.public_key,
                       .private_key = user_.private_key};
  }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  void write_files(const std::string& more_config) const {
    if (::access("/usr/sbin/sshd", X_OK) != 0) {
      skip("there is no /usr/sbin/sshd");
    }
    const auto path = [this](const char* name) { return directory_.path() / name; };
    write_file_atomically(path("host_key"), host_.private_key, 0600);
    write_file_atomically(path("authorized_keys"), user_.public_key + "\n", 0600);
    write_file_atomically(path("sshd_config"), "HostKey " + path("host_key").string() +
                                                   "\nAuthorizedKeysFile " + path("authorized_keys").string() +
                                                   "\nStrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\n"
                                                   "PasswordAuthentication no\nPrintMotd no\nPrintLastLog no\n"
                                                   "LogLevel QUIET\nAcceptEnv LANG AGENTBOX_TEST_*\n" +
                                                   more_config + "\n");
  }

  void exec_sshd(int fd) const {
    struct stat ignored {};
    if (::getuid() == 0 && ::stat("/run/sshd", &ignored) != 0) {
      // As root, sshd wants its empty directory there. It gets one in a mount namespace of its own.
      if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ::mount("tmpfs", "/run", "tmpfs", 0, "mode=755") != 0 || ::mkdir("/run/sshd", 0755) != 0) {
        std::perror("cannot give sshd its /run/sshd");
        return;
      }
    }
    ::dup2(fd, 0);
    ::dup2(fd, 1);
    ::close_range(3, ~0U, 0);  // what the test has open is not for the session
    const auto config = (directory_.path() / "sshd_config").string();
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
