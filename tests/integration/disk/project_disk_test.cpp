// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/project_disk.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/erofs_reader.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"
#include "sys/wait.hpp"

#include <filesystem>
#include <fstream>

namespace agentbox::project_disk_test {

using test::ErofsReader;
namespace fs = std::filesystem;

// The real program, and QEMU's own client.

namespace {

constexpr std::uint64_t size = std::uint64_t{1} << 43;

struct Project {
  TempDir place{fs::temp_directory_path(), "agentbox-disk"};
  fs::path top = place.path() / "project";
  Project() {
    fs::create_directories(top / "src");
    std::ofstream(top / "src/file") << std::string(9000, 'f');
    std::ofstream(top / ".env") << "secret";
  }
  ProjectDisk start() const {
    return ProjectDisk::start(AGENTBOX_DISK_PROGRAM, {.project = top,
                                                      .rules = default_guard_rules(),
                                                      .owners = Owners::as_in_the_room,
                                                      .size = size,
                                                      .messages = place.path() / "messages"});
  }
};

/// What qemu-io prints for commands.
Captured qemu_io(ProjectDisk& disk, const std::vector<std::string>& commands) {
  std::vector<std::string> argv = {find_program("qemu-io").native(), "-r"};
  for (const auto& command : commands) {
    argv.insert(argv.end(), {"-c", command});
  }
  argv.emplace_back(R"(json:{"driver":"nbd","server":{"type":"fd","str":"9"},"export":"project"})");
  return run_and_capture({.argv = argv, .fds = {{disk.socket(), 9}}}, std::chrono::minutes(1));
}

/// The bytes of a "read -v".
std::string bytes_of(const std::string& dump) {
  std::string bytes;
  for (const auto& line : split(dump, '\n')) {
    if (const auto colon = line.find(":  "); colon == 8) {
      for (std::size_t at = colon + 3; at + 1 < line.size() && line[at] != ' '; at += 3) {
        bytes += static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16));
      }
    }
  }
  return bytes;
}

std::string status_of(pid_t pid) { return read_file("/proc/" + std::to_string(pid) + "/status"); }

}  // namespace

TEST_CASE("QEMU reads a project from agentbox-disk") {
  const Project project;
  ProjectDisk disk = project.start();
  // One connection for all of it, as a VM has: the table is small enough to be read at once.
  const Captured read = qemu_io(disk, {"read -v 0 128k", "length"});
  REQUIRE(read.status.success());
  const std::string bytes = bytes_of(read.output);
  REQUIRE(bytes.size() == 128 << 10);
  const ErofsReader reader([&](std::uint64_t offset, std::size_t count) { return std::optional(bytes.substr(offset, count)); });
  const auto tree = reader.tree();
  CHECK(tree.size() == 4);
  CHECK(reader.content(tree.at("src/file")) == std::string(9000, 'f'));
  CHECK(tree.at("src/file").owner == 1000);
  CHECK(tree.at("src/file").group == 1000);
  CHECK(tree.at(".env").size == 0);
  CHECK(bytes.find("secret") == std::string::npos);
  CHECK(read.output.find("8 TiB") != std::string::npos);
  disk.handed_over();
  CHECK(wait_readable(disk.pidfd(), Clock::now() + std::chrono::seconds(20)));  // it ends with its client
}

TEST_CASE("agentbox-disk is behind walls when it speaks to QEMU") {
  const Project project;
  ProjectDisk disk = project.start();
  char greeting[18];
  REQUIRE(::read(disk.socket(), greeting, sizeof greeting) == sizeof greeting);  // it is locked down before it says a word
  const std::string status = status_of(disk.pid());
  CHECK(status.find("Seccomp:\t2") != std::string::npos);
  CHECK(status.find("NoNewPrivs:\t1") != std::string::npos);
  CHECK(status.find("CapEff:\t0000000000000000") != std::string::npos);
  CHECK(status.find("CapPrm:\t0000000000000000") != std::string::npos);
  CHECK_FALSE(disk.last_words());
}

TEST_CASE("what becomes a link out of the project is not read, by walls and by rule") {
  const Project project;
  ProjectDisk disk = project.start();
  fs::remove(project.top / "src/file");
  fs::create_symlink("/etc/passwd", project.top / "src/file");
  const Captured read = qemu_io(disk, {"read 0 64k", "read -v 64k 4k"});
  CHECK(read.output.find("root") == std::string::npos);
}

TEST_CASE("a project that is not there ends agentbox-disk, and its client hears so") {
  const Project project;
  fs::remove_all(project.top);
  ProjectDisk disk = project.start();
  char byte = 0;
  CHECK(::read(disk.socket(), &byte, 1) == 0);
  CHECK(wait_readable(disk.pidfd(), Clock::now() + std::chrono::seconds(20)));
  REQUIRE(disk.last_words());
  CHECK(disk.last_words()->find("agentbox-disk: cannot open") == 0);
}

}  // namespace agentbox::project_disk_test
