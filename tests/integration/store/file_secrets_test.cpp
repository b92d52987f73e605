// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/file_secrets.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/guarded_read.hpp"
#include "sys/temp_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace agentbox::file_secrets_test {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct Store {
  TempDir dir{"/tmp"};
  fs::path directory = dir.path() / "secrets";
  FileSecrets secrets{directory};

  void set(const std::string& name, const std::string& value, const SecretScope& scope = {}) {
    secrets.set({name, scope}, SecretText(value));
  }
  /// "-" when it is not set.
  [[nodiscard]] std::string get(const std::string& name, const SecretScope& scope = {}) const {
    const auto value = secrets.get({name, scope});
    return value ? std::string(value->view()) : "-";
  }
  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> texts;
    for (const SecretId& id : secrets.list()) texts.push_back(to_text(id));
    return texts;
  }
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
  CHECK(store.ids().empty());
  CHECK(store.get("ANTHROPIC_API_KEY") == "-");
  store.set("ANTHROPIC_API_KEY", "old");
  store.set("ANTHROPIC_API_KEY", key);
  store.set("A", "with spaces = and \xc3\xbc");
  CHECK(store.get("ANTHROPIC_API_KEY") == key);
  CHECK(store.get("A") == "with spaces = and \xc3\xbc");
  CHECK(store.ids() == std::vector<std::string>{"A", "ANTHROPIC_API_KEY"});
  CHECK(fs::status(store.directory).permissions() == fs::perms::owner_all);
  CHECK(fs::status(store.directory / "A").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(store.secrets.remove({"A", {}}));
  CHECK_FALSE(store.secrets.remove({"A", {}}));
  CHECK(store.ids() == std::vector<std::string>{"ANTHROPIC_API_KEY"});
}

TEST_CASE("a name that is no variable's cannot lead out of the directory") {
  Store store;
  for (const std::string name : {"", "lower", "../X", "A/B", "A B", "1A", "A-B", "A\n", ".A", "A=B"}) {
    INFO(name);
    CHECK_THROWS_AS(store.set(name, key), Error);
    CHECK_THROWS_AS(store.get(name), Error);
    CHECK_THROWS_AS(store.secrets.remove({name, {}}), Error);
  }
  CHECK_FALSE(fs::exists(store.dir.path() / "X"));
}

TEST_CASE("keys of the same name are apart by agent and project") {
  Store store;
  const SecretScope agent{"claude", ""};
  const SecretScope project{"", "/home/u/my project"};
  const SecretScope both{"claude", "/home/u/my project"};
  store.set("A", "1");
  store.set("A", "2", agent);
  store.set("A", "3", project);
  store.set("A", "4", both);
  CHECK(store.get("A") + store.get("A", agent) + store.get("A", project) + store.get("A", both) == "1234");
  CHECK(store.get("A", {"codex", ""}) == "-");
  auto ids = store.ids();
  std::sort(ids.begin(), ids.end());
  CHECK(ids == std::vector<std::string>{"A", "A agent=claude", "A agent=claude project=/home/u/my%20project",
                                        "A project=/home/u/my%20project"});
  for (const auto& entry : fs::recursive_directory_iterator(store.directory)) {
    INFO(entry.path());
    const auto others = fs::perms::group_all | fs::perms::others_all;
    CHECK((entry.status().permissions() & others) == fs::perms::none);
  }
  CHECK(store.secrets.remove({"A", both}));
  CHECK_FALSE(store.secrets.remove({"A", both}));
  CHECK(store.get("A", project) == "3");
  CHECK(store.ids().size() == 3);
}

TEST_CASE("a directory of secrets that others could write to, or that is a link, is not used") {
  // The attack: another user who may write there swaps one of our files for another one of ours.
  Store store;
  const SecretScope agent{"claude", ""};
  store.set("KEY", key);
  store.set("KEY", key, agent);
  REQUIRE(::chmod(store.directory.c_str(), 0770) == 0);
  CHECK_THAT(error_of([&] { (void)store.get("KEY"); }).what(), Contains("others can write to it"));
  REQUIRE(::chmod(store.directory.c_str(), 0700) == 0);
  CHECK(store.get("KEY") == key);
  const fs::path folder = fs::directory_iterator(store.directory / "scoped")->path();
  fs::rename(folder, store.dir.path() / "elsewhere");
  fs::create_symlink(store.dir.path() / "elsewhere", folder);
  CHECK_THAT(error_of([&] { (void)store.get("KEY", agent); }).what(), Contains("it is not a directory"));
}

TEST_CASE("a secret that others can read is refused, with the command that helps") {
  Store store;
  store.set("KEY", key);
  for (const unsigned mode : {0640U, 0604U, 0620U, 0601U, 0666U}) {
    REQUIRE(::chmod((store.directory / "KEY").c_str(), mode) == 0);
    const Error error = error_of([&] { (void)store.get("KEY"); });
    CHECK(error.kind() == ErrorKind::environment);
    CHECK_THAT(error.what(), Contains("refusing to read") && Contains("others can get at it"));
    CHECK(error.hint() == "Run: chmod 600 " + (store.directory / "KEY").native());
  }
  REQUIRE(::chmod((store.directory / "KEY").c_str(), 0400) == 0);
  CHECK(store.get("KEY") == key);
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
  store.set("KEY", key);
  fs::create_symlink("KEY", store.directory / "LINK");
  fs::create_symlink("NOWHERE", store.directory / "DANGLING");
  REQUIRE(::mkfifo((store.directory / "FIFO").c_str(), 0600) == 0);
  fs::create_directory(store.directory / "DIRECTORY");
  for (const char* name : {"LINK", "DANGLING"}) {
    CHECK_THAT(error_of([&] { (void)store.get(name); }).what(), Contains("it is a symbolic link"));
  }
  for (const char* name : {"FIFO", "DIRECTORY"}) {
    CHECK_THAT(error_of([&] { (void)store.get(name); }).what(), Contains("not a regular file"));
  }
  CHECK(store.get("KEY") == key);
  store.set("LINK", "new");  // replaces the link, not what it points to
  CHECK(store.get("LINK") == "new");
  CHECK(store.get("KEY") == key);
}

TEST_CASE("a secret written by hand may end in one newline, and must be whole") {
  Store store;
  store.set("KEY", key);
  write_file_atomically(store.directory / "KEY", std::string(key) + "\n");
  CHECK(store.get("KEY") == key);
  for (const std::string content : {"", "\n", "a\nb\n", "a\n\n"}) {
    write_file_atomically(store.directory / "KEY", content);
    INFO(content);
    CHECK(error_of([&] { (void)store.get("KEY"); }).hint() == "Set it again: agentbox secret set KEY");
  }
}

}  // namespace agentbox::file_secrets_test
