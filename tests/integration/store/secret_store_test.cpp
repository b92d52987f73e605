// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/secret_store.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/guarded_read.hpp"
#include "sys/temp_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

using namespace agentbox;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct Store {
  TempDir dir{"/tmp"};
  fs::path directory = dir.path() / "secrets";
  SecretStore secrets{directory};
};

constexpr const char* key = "sk-ant-0123456789";

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::internal, "nothing was thrown");
}

}  // namespace

TEST_CASE("a secret is kept privately and found again") {
  Store store;
  CHECK(store.secrets.names().empty());
  CHECK(store.secrets.get("ANTHROPIC_API_KEY") == std::nullopt);
  store.secrets.set("ANTHROPIC_API_KEY", "old");
  store.secrets.set("ANTHROPIC_API_KEY", key);
  store.secrets.set("A", "with spaces = and \xc3\xbc");
  CHECK(store.secrets.get("ANTHROPIC_API_KEY") == key);
  CHECK(store.secrets.get("A") == "with spaces = and \xc3\xbc");
  CHECK(store.secrets.names() == std::vector<std::string>{"A", "ANTHROPIC_API_KEY"});
  CHECK(fs::status(store.directory).permissions() == fs::perms::owner_all);
  CHECK(fs::status(store.directory / "A").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(store.secrets.remove("A"));
  CHECK_FALSE(store.secrets.remove("A"));
  CHECK(store.secrets.names() == std::vector<std::string>{"ANTHROPIC_API_KEY"});
}

TEST_CASE("a name that is no variable's cannot lead out of the directory") {
  Store store;
  for (const std::string name : {"", "lower", "../X", "A/B", "A B", "1A", "A-B", "A\n", ".A", "A=B"}) {
    INFO(name);
    CHECK(error_of([&] { store.secrets.set(name, key); }).kind() == ErrorKind::usage);
    CHECK(error_of([&] { (void)store.secrets.get(name); }).kind() == ErrorKind::usage);
    CHECK(error_of([&] { store.secrets.remove(name); }).kind() == ErrorKind::usage);
  }
  CHECK_FALSE(fs::exists(store.dir.path() / "X"));
}

TEST_CASE("a value that no header could carry is refused, and not repeated in the message") {
  // A key pasted with its line end would be sent as a header of two lines.
  Store store;
  const std::string values[] = {"", std::string(key) + "\n", std::string("\r") + key,
                                std::string(key) + std::string(1, '\0'), std::string(70000, 'x')};
  for (const auto& value : values) {
    const Error error = error_of([&] { store.secrets.set("KEY", value); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK_THAT(error.what(), !Contains(key));
    CHECK_THAT(error.hint(), !Contains(key));
  }
  CHECK(store.secrets.get("KEY") == std::nullopt);
}

TEST_CASE("a secret that others can read is refused, with the command that helps") {
  Store store;
  store.secrets.set("KEY", key);
  for (const unsigned mode : {0640U, 0604U, 0620U, 0601U, 0666U}) {
    REQUIRE(::chmod((store.directory / "KEY").c_str(), mode) == 0);
    const Error error = error_of([&] { (void)store.secrets.get("KEY"); });
    CHECK(error.kind() == ErrorKind::environment);
    CHECK_THAT(error.what(), Contains("refusing to read") && Contains("others can get at it"));
    CHECK(error.hint() == "Run: chmod 600 " + (store.directory / "KEY").native());
  }
  REQUIRE(::chmod((store.directory / "KEY").c_str(), 0400) == 0);
  CHECK(store.secrets.get("KEY") == key);
}

TEST_CASE("a secret of another user is refused") {
  // As root we can make such a file; as anybody else, root's own files are such.
  const TempDir dir("/tmp");
  fs::path path = "/etc/hostname";
  if (::geteuid() == 0) {
    path = dir.path() / "KEY";
    write_file_atomically(path, key);
    REQUIRE(::chown(path.c_str(), 1, 1) == 0);
  }
  CHECK_THAT(error_of([&] { read_private_file(path, ByteSize(1000)); }).what(), Contains("it belongs to user"));
}

TEST_CASE("a secret that is a link, a FIFO or a directory is refused") {
  // Who can write into the directory for a moment could point us at another file, and have us send that to a server.
  Store store;
  store.secrets.set("KEY", key);
  fs::create_symlink("KEY", store.directory / "LINK");
  fs::create_symlink("NOWHERE", store.directory / "DANGLING");
  REQUIRE(::mkfifo((store.directory / "FIFO").c_str(), 0600) == 0);
  fs::create_directory(store.directory / "DIRECTORY");
  for (const char* name : {"LINK", "DANGLING"}) {
    CHECK_THAT(error_of([&] { (void)store.secrets.get(name); }).what(), Contains("it is a symbolic link"));
  }
  for (const char* name : {"FIFO", "DIRECTORY"}) {
    CHECK_THAT(error_of([&] { (void)store.secrets.get(name); }).what(), Contains("not a regular file"));
  }
  CHECK(store.secrets.get("KEY") == key);
  store.secrets.set("LINK", "new");  // replaces the link, not what it points to
  CHECK(store.secrets.get("LINK") == "new");
  CHECK(store.secrets.get("KEY") == key);
}

TEST_CASE("a secret written by hand may end in one newline, and must be whole") {
  Store store;
  store.secrets.set("KEY", key);
  write_file_atomically(store.directory / "KEY", std::string(key) + "\n");
  CHECK(store.secrets.get("KEY") == key);
  for (const std::string content : {"", "\n", "a\nb\n", "a\n\n"}) {
    write_file_atomically(store.directory / "KEY", content);
    CHECK(error_of([&] { (void)store.secrets.get("KEY"); }).hint() == "Set it again: agentbox secret set KEY");
  }
}
