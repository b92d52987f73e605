// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/files.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/guarded_read.hpp"
#include "sys/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

namespace agentbox::files_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

std::size_t entries_in(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("write_file_atomically writes content and mode and leaves nothing beside") {
  const TempDir dir("/tmp");
  const auto path = dir.path() / "file";
  write_file_atomically(path, "one");
  CHECK(read_file(path) == "one");
  CHECK(mode_of(path) == 0600);
  const std::string binary("\0\n\xff", 3);
  write_file_atomically(path, binary, 0444);
  CHECK(read_file(path) == binary);
  CHECK(mode_of(path) == 0444);
  CHECK(entries_in(dir.path()) == 1);
}

TEST_CASE("a failed atomic write leaves the old content and nothing beside") {
  const TempDir dir("/tmp");
  fs::create_directory(dir.path() / "target");  // a file cannot replace a directory
  CHECK_THROWS_WITH(write_file_atomically(dir.path() / "target", "x"), Contains("cannot replace"));
  CHECK(entries_in(dir.path()) == 1);
  CHECK_THROWS_WITH(write_file_atomically(dir.path() / "none" / "x", "x"), Contains("No such file or directory"));
}

TEST_CASE("a reader never sees half of an atomic write, nor does a kill leave one") {
  const TempDir dir("/tmp");
  const auto path = dir.path() / "state";
  const std::string versions[] = {std::string(100000, 'a'), std::string(50000, 'b')};
  write_file_atomically(path, versions[0]);
  Forked writer([&](int report) {
    report_line(report, "writing");
    for (std::size_t i = 0;; ++i) {
      write_file_atomically(path, versions[i % 2]);
    }
  });
  writer.read_line();
  const auto whole = [&] {
    const std::string content = read_file(path);
    return content == versions[0] || content == versions[1];
  };
  for (int round = 0; round < 300; ++round) {
    REQUIRE(whole());
  }
  writer.kill();
  CHECK(whole());
}

TEST_CASE("read_file has a bound") {
  // /dev/zero never ends; nor does a log that a guest writes.
  const TempDir dir("/tmp");
  write_file_atomically(dir.path() / "file", "12345");
  CHECK(read_file(dir.path() / "file", ByteSize(5)) == "12345");
  CHECK_THROWS_WITH(read_file(dir.path() / "file", ByteSize(4)), Contains("larger than 4 B"));
  CHECK_THROWS_AS(read_file("/dev/zero", ByteSize(100000)), Error);
  CHECK(read_file_if_exists(dir.path() / "none") == std::nullopt);
  CHECK(read_file_if_exists(dir.path() / "file") == "12345");
  CHECK_THROWS_WITH(read_file(dir.path() / "none"), Contains("none: No such file or directory"));
  CHECK_THROWS_AS(read_file_if_exists(dir.path()), Error);  // a directory is there, but no file
}

TEST_CASE("read_regular_file refuses what is no plain file, and does not hang on it") {
  // A FIFO in the place of state.json: open(2) would wait for a writer for ever, with the user's "ls" behind it.
  const TempDir dir("/tmp");
  write_file_atomically(dir.path() / "file", "x");
  fs::create_symlink("file", dir.path() / "link");
  REQUIRE(::mkfifo((dir.path() / "fifo").c_str(), 0600) == 0);
  CHECK(read_regular_file(dir.path() / "file", ByteSize(10)) == "x");
  CHECK_THROWS_WITH(read_regular_file(dir.path() / "link", ByteSize(10)), Contains("it is a symbolic link"));
  CHECK_THROWS_WITH(read_regular_file(dir.path() / "fifo", ByteSize(10)), Contains("not a regular file"));
  CHECK_THROWS_WITH(read_regular_file(dir.path(), ByteSize(10)), Contains("not a regular file"));
  CHECK_THROWS_WITH(read_regular_file("/dev/zero", ByteSize(10)), Contains("not a regular file"));
}

TEST_CASE("make_directories gives its mode to each directory that it makes") {
  const TempDir dir("/tmp");
  make_directories(dir.path() / "a/b/c/", 0700);
  CHECK(mode_of(dir.path() / "a") == 0700);
  CHECK(mode_of(dir.path() / "a/b/c") == 0700);
  make_directories(dir.path() / "a/b/c");
  write_file_atomically(dir.path() / "file", "");
  CHECK_THROWS_AS(make_directories(dir.path() / "file"), Error);
  CHECK_THROWS_AS(make_directories(dir.path() / "file/below"), Error);
}

TEST_CASE("remove_tree does not follow links") {
  const TempDir dir("/tmp");
  make_directories(dir.path() / "precious");
  write_file_atomically(dir.path() / "precious/file", "x");
  make_directories(dir.path() / "tree/sub");
  fs::create_directory_symlink(dir.path() / "precious", dir.path() / "tree/sub/link");
  remove_tree(dir.path() / "tree");
  CHECK_FALSE(fs::exists(dir.path() / "tree"));
  CHECK(read_file(dir.path() / "precious/file") == "x");
  remove_tree(dir.path() / "tree");  // no error when it is not there
}

TEST_CASE("a TempDir goes with its object, unless it was kept or renamed") {
  const TempDir dir("/tmp");
  fs::path gone;
  fs::path kept;
  {
    const TempDir one(dir.path(), "one");
    gone = one.path();
    CHECK(mode_of(gone) == 0700);
    write_file_atomically(gone / "file", "x");
    TempDir two(dir.path(), "two");
    kept = two.path();
    const TempDir moved(std::move(two));
    CHECK(moved.path() == kept);
    const TempDir three(dir.path());
    fs::rename(three.path(), dir.path() / "renamed");
    TempDir four(dir.path());
    kept = four.path();
    four.keep();
  }
  CHECK_FALSE(fs::exists(gone));
  CHECK(fs::exists(kept));
  CHECK(fs::exists(dir.path() / "renamed"));
  CHECK(entries_in(dir.path()) == 2);
  CHECK_THROWS_WITH(TempDir(dir.path() / "none"), Contains("cannot make a directory in"));
}

TEST_CASE("messages show a hostile file name escaped") {
  CHECK_THROWS_WITH(read_file("/nonexistent/\x1b[2J"), "cannot open /nonexistent/\\x1b[2J: No such file or directory");
}

TEST_CASE("SHA-512 of a file") {
  const TempDir dir("/tmp");
  write_file_atomically(dir.path() / "file", "abc");
  CHECK(sha512_hex_of_file(dir.path() / "file") ==
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  CHECK_THROWS_AS(sha512_hex_of_file(dir.path() / "none"), Error);
  const std::string longer_than_a_read(200'000, 'x');
  write_file_atomically(dir.path() / "long", longer_than_a_read);
  CHECK(sha256_hex_of_file(dir.path() / "long") == sha256_hex(longer_than_a_read));
}

}  // namespace agentbox::files_test
