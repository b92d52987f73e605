// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/tree_disk.hpp"

#include "support/catch.hpp"
#include "support/erofs_reader.hpp"
#include "support/obey_modes.hpp"
#include "sys/temp_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace agentbox::tree_disk_test {

using test::ErofsReader;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t disk_size = std::uint64_t{1} << 40;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

/// A project, and the disk that shows it.
struct Shown {
  TempDir place{fs::temp_directory_path(), "agentbox-disk"};
  fs::path top = place.path() / "project";
  GuardRules rules = {};
  Owners owners = Owners::as_in_the_room;
  std::optional<Beneath> beneath = {};
  std::optional<TreeDisk> disk = {};

  Shown() { fs::create_directory(top); }

  void show(std::uint64_t size = disk_size) {
    beneath.emplace(top);
    disk.emplace(*beneath, read_tree(*beneath, Guard(rules), owners), size);
  }
  std::optional<std::string> read(std::uint64_t offset, std::size_t count) {
    std::string out(count, 'x');
    return disk->read(offset, out) ? std::optional(out) : std::nullopt;
  }
  ErofsReader reader() {
    return ErofsReader([this](std::uint64_t offset, std::size_t count) { return read(offset, count); });
  }
  std::optional<std::string> content(const std::string& path) {
    const ErofsReader from = reader();
    return from.content(from.tree().at(path));
  }
};

}  // namespace

TEST_CASE("a project is on its disk with all names, attributes and contents") {
  Shown project;
  write(project.top / "README", "hello\n");
  write(project.top / "src/deep/er/file.c", std::string(100'000, 'c') + "end");
  write(project.top / "empty", "");
  write(project.top / "-first", "sorts before the dot");
  write(project.top / ("long-" + std::string(250, 'n')), "long");
  write(project.top / "a name\nwith a newline \xff", "odd");
  fs::create_symlink("../outside/it", project.top / "link");
  REQUIRE(::mkfifo((project.top / "fifo").c_str(), 0600) == 0);
  fs::permissions(project.top / "src/deep/er/file.c", fs::perms(0751));
  for (int number = 0; number < 1000; ++number) {
    write(project.top / "many" / ("file-" + std::to_string(number)), std::to_string(number));
  }
  project.show();

  const ErofsReader reader = project.reader();
  const auto tree = reader.tree();
  std::size_t names = 1;
  for (const auto& entry : fs::recursive_directory_iterator(project.top)) {
    const std::string path = entry.path().lexically_relative(project.top).native();
    struct stat there {};
    REQUIRE(::lstat(entry.path().c_str(), &there) == 0);
    const auto& node = tree.at(path);
    CHECK(node.mode == there.st_mode);
    CHECK(node.owner == 1000);
    CHECK(node.group == 1000);
    CHECK(node.modified == static_cast<std::uint64_t>(there.st_mtim.tv_sec));
    if (S_ISREG(there.st_mode)) {
      std::ifstream file(entry.path(), std::ios::binary);
      CHECK(reader.content(node) == std::string(std::istreambuf_iterator<char>(file), {}));
    }
    ++names;
  }
  CHECK(tree.size() == names);
  CHECK(reader.content(tree.at("link")) == "../outside/it");
  CHECK(tree.at("").links == 4);  // ".", "..", and two directories' ".."
  CHECK(reader.list(tree.at("many")).size() == 1002);
}

TEST_CASE("without a room of its own QEMU's guest has the files' true owners") {
  Shown project;
  write(project.top / "file", "x");
  project.owners = Owners::as_they_are;
  project.show();
  CHECK(project.reader().tree().at("file").owner == ::geteuid());
  CHECK(project.reader().tree().at("file").group == ::getegid());
}

TEST_CASE("what is read at any place and length is what the whole has there") {
  Shown project;
  for (int number = 0; number < 200; ++number) {
    write(project.top / std::to_string(number), std::string(static_cast<std::size_t>(number) * 97, static_cast<char>('a' + number % 26)));
  }
  project.show();
  const std::string whole = *project.read(0, 1 << 22);
  for (const std::uint64_t offset : {0U, 1U, 1023U, 1024U, 1151U, 4095U, 4096U, 4160U, 8191U, 20'000U, 65'537U, 1'000'001U}) {
    for (const std::size_t count : {1U, 64U, 127U, 4096U, 10'000U, 300'000U}) {
      CAPTURE(offset, count);
      CHECK(*project.read(offset, count) == whole.substr(offset, count));
    }
  }
  CHECK(*project.read(disk_size - 5000, 5000) == std::string(5000, '\0'));
}

TEST_CASE("what is hidden stands empty on the disk") {
  Shown project;
  write(project.top / ".env", "TOKEN=secret");
  write(project.top / "sub/.env", "TOKEN=secret");
  write(project.top / ".ssh/id", "secret");
  write(project.top / "own/notes", "secret");
  write(project.top / ".git/refs/heads/fix.key", "a branch");
  project.rules = default_guard_rules();
  project.rules.hidden_by_project = {"/own/"};
  project.show();

  const auto tree = project.reader().tree();
  CHECK(tree.at(".env").size == 0);
  CHECK(tree.at(".env").mode == (S_IFREG | 0444));
  CHECK(tree.at("sub/.env").size == 0);
  CHECK(S_ISDIR(tree.at(".ssh").mode));
  CHECK(tree.count(".ssh/id") == 0);
  CHECK(tree.count("own/notes") == 0);
  CHECK(project.content(".git/refs/heads/fix.key") == "a branch");
  CHECK(project.read(0, 1 << 20)->find("secret") == std::string::npos);
  write(project.top / ".env", "TOKEN=a longer secret");
  CHECK(project.reader().tree().at(".env").size == 0);
}

TEST_CASE("a file that is edited is seen as it is when the guest looks at it first, and is no mixture later") {
  Shown project;
  write(project.top / "grows", "short");
  write(project.top / "shrinks", std::string(100'000, 's'));
  write(project.top / "stays", "stays");
  project.show();
  write(project.top / "grows", std::string(60'000, 'g'));
  write(project.top / "shrinks", "s");
  CHECK(project.content("grows") == std::string(60'000, 'g'));
  CHECK(project.content("shrinks") == "s");
  CHECK(project.content("stays") == "stays");

  const ErofsReader looked = project.reader();
  const auto before = looked.tree();
  write(project.top / "grows", "as long as nobody has been told");
  write(project.top / "stays", "SHOUTS");
  fs::last_write_time(project.top / "stays", fs::file_time_type::clock::now() + std::chrono::hours(1));
  CHECK_FALSE(looked.content(before.at("grows")));
  CHECK_FALSE(looked.content(before.at("stays")));
  CHECK(project.content("stays") == "SHOUTS");  // who looks again is told again

  write(project.top / "grows", std::string(1'000'000, 'h'));
  CHECK_FALSE(project.content("grows"));  // it has no more room: the file behind it begins there
  CHECK(project.content("stays") == "SHOUTS");
}

TEST_CASE("two disks of one project are told apart") {
  Shown project;
  write(project.top / "file", "x");
  project.show();
  const auto first = project.read(1024 + 48, 16);
  CHECK(first == project.read(1024 + 48, 16));
  project.show();
  CHECK(first != project.read(1024 + 48, 16));
}

TEST_CASE("a file that has gone, or become something else, cannot be read, and the rest can") {
  Shown project;
  for (const char* name : {"gone", "link", "directory", "there"}) {
    write(project.top / name, "content");
  }
  write(project.place.path() / "outside", "secret!");
  project.show();
  for (const char* name : {"gone", "link", "directory"}) {
    fs::remove(project.top / name);
  }
  fs::create_symlink("../outside", project.top / "link");
  fs::create_directory(project.top / "directory");
  CHECK_FALSE(project.content("gone"));
  CHECK_FALSE(project.content("link"));
  CHECK_FALSE(project.content("directory"));
  CHECK(project.content("there") == "content");
}

TEST_CASE("a file that has no room on the disk is seen, and its neighbours can be read") {
  Shown project;
  write(project.top / "before", "before");
  write(project.top / "giant", "");
  fs::resize_file(project.top / "giant", 1 << 30);
  write(project.top / "later", "later");
  project.show(1 << 25);
  const auto tree = project.reader().tree();
  CHECK(tree.at("giant").size == 1 << 30);
  CHECK(tree.at("giant").place == 1 << 25);  // where the disk has ended
  CHECK(project.content("before") == "before");
  CHECK(project.content("later") == "later");
}

TEST_CASE("a directory that is closed to us cannot be listed") {
  test::obey_modes();
  Shown project;
  write(project.top / "closed/file", "x");
  write(project.top / "names-only/file", "x");
  fs::permissions(project.top / "closed", fs::perms::none);
  fs::permissions(project.top / "names-only", fs::perms::owner_read);
  project.show();
  const ErofsReader reader = project.reader();
  for (const auto& [name, number] : reader.list(reader.inode(2))) {
    if (name != "." && name != "..") {
      CHECK(S_ISDIR(reader.inode(number).mode));
      CHECK(reader.inode(number).place == disk_size);
    }
  }
  fs::permissions(project.top / "closed", fs::perms::owner_all);
  fs::permissions(project.top / "names-only", fs::perms::owner_all);
}

TEST_CASE("giants of holes are seen, take no room, and cannot be read") {
  Shown project;
  for (int number = 0; number < 20; ++number) {
    write(project.top / ("giant" + std::to_string(number)), "");
    fs::resize_file(project.top / ("giant" + std::to_string(number)), std::uintmax_t{1} << 40);
  }
  write(project.top / "later", "later");
  project.show(std::uint64_t{1} << 43);
  CHECK(project.reader().tree().at("giant7").size == std::uint64_t{1} << 40);
  CHECK(project.reader().tree().at("giant7").place == std::uint64_t{1} << 43);
  CHECK(project.content("later") == "later");
}

TEST_CASE("a tree deeper than a path can say cannot be listed where the path ends") {
  Shown project;
  const std::string name(200, 'd');
  const fs::path here = fs::current_path();
  fs::current_path(project.top);
  for (int depth = 0; depth < 30; ++depth) {
    fs::create_directory(name);
    fs::current_path(name);
  }
  fs::current_path(here);
  project.show();
  const ErofsReader reader = project.reader();
  std::uint64_t number = 2;
  int depth = 0;
  for (; reader.inode(number).place < disk_size; ++depth) {
    number = reader.list(reader.inode(number)).back().second;
  }
  CHECK(depth == 21);  // 20 names of 201 bytes fit into PATH_MAX, and the directory with the last of them was not opened
}

}  // namespace agentbox::tree_disk_test
