// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/unix_socket.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace agentbox::unix_socket_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;

namespace {

/// One byte from a new connection to the listener.
bool carries_data(int listener, const std::filesystem::path& path) {
  const UniqueFd client = connect_unix(path);
  const UniqueFd server(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  char c = 0;
  return server && ::write(client.get(), "x", 1) == 1 && ::read(server.get(), &c, 1) == 1 && c == 'x';
}

}  // namespace

TEST_CASE("a socket works at a path that is longer than sun_path") {
  const TempDir dir("/tmp");
  const auto deep = dir.path() / std::string(100, 'a') / std::string(100, 'b');
  make_directories(deep);
  const UniqueFd listener = listen_unix(deep / "qmp.sock");
  CHECK(carries_data(listener.get(), deep / "qmp.sock"));
  CHECK_THROWS_WITH(listen_unix(dir.path() / std::string(100, 'c')), Contains("File name too long"));
}

TEST_CASE("a socket is ours alone, whatever the umask") {
  const TempDir dir("/tmp");
  Forked tester([&](int) {
    ::umask(0);
    const UniqueFd listener = listen_unix(dir.path() / "s");
    struct stat info {};
    expect(::stat((dir.path() / "s").c_str(), &info) == 0 && (info.st_mode & 07777U) == 0600, "mode");
  });
  CHECK(tester.wait().success());
}

TEST_CASE("a stale socket is replaced, any other file is not") {
  const TempDir dir("/tmp");
  const auto path = dir.path() / "s";
  listen_unix(path).reset();
  REQUIRE(std::filesystem::is_socket(path));
  CHECK_THROWS_WITH(connect_unix(path), Contains("Connection refused"));
  const UniqueFd listener = listen_unix(path);
  CHECK(carries_data(listener.get(), path));
  write_file_atomically(dir.path() / "file", "precious");
  CHECK_THROWS_WITH(listen_unix(dir.path() / "file"), Contains("Address already in use"));
  CHECK(read_file(dir.path() / "file") == "precious");
  CHECK_THROWS_WITH(connect_unix(dir.path() / "none"), Contains("No such file or directory"));
}

TEST_CASE("pipes, socket pairs and duplicates are close-on-exec") {
  const PipeEnds pipe = make_pipe();
  const SocketPair pair = make_socket_pair();
  const UniqueFd copy = duplicate(pair.ours.get());
  for (const int fd : {pipe.read.get(), pipe.write.get(), pair.ours.get(), pair.theirs.get(), copy.get()}) {
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
  set_nonblocking(pipe.read.get());
  char c = 0;
  CHECK(::read(pipe.read.get(), &c, 1) < 0);
  CHECK_THROWS_AS(duplicate(-1), Error);
}

}  // namespace agentbox::unix_socket_test
