// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "store/directories.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"

#include <iostream>

namespace agentbox::shipped_files_test {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// What a program at this place finds, with AGENTBOX_SHARE set (or not, when empty): a copy of this test, asked to
/// print.
std::string located_by(const fs::path& program, const std::string& share = {}) {
  fs::create_directories(program.parent_path());
  fs::copy_file("/proc/self/exe", program);
  std::vector<std::string> environment;
  if (!share.empty()) {
    environment.push_back("AGENTBOX_SHARE=" + share);
  }
  const auto captured =
      run_and_capture({.argv = {program, "print what ShippedFiles::locate() finds"}, .environment = environment}, 60s);
  fs::remove(program);
  // Catch2 prints around it.
  const auto begin = captured.output.find("<<") + 2;
  return captured.output.substr(begin, captured.output.find(">>") - begin);
}

}  // namespace

// Hidden: only the copies made above run it.
TEST_CASE("print what ShippedFiles::locate() finds", "[.]") {
  try {
    const auto files = ShippedFiles::locate();
    std::cout << "<<" << files.definitions.native() << "\n" << files.guest_helper.native() << ">>" << std::flush;
  } catch (const Error& error) {
    std::cout << "<<error: " << error.what() << ">>" << std::flush;
  }
}

TEST_CASE("a program in the build tree uses the source tree's definitions") {
  const auto files = ShippedFiles::locate();
  CHECK(files.definitions == AGENTBOX_SOURCE_DIR);
  CHECK(files.guest_helper.filename() == "agentbox-guest");
  CHECK(files.guest_helper.parent_path().filename() == "guest");
  CHECK(files.wire_program.filename() == "agentbox-wire");
}

TEST_CASE("an installed program uses its prefix, wherever that is") {
  const TempDir dir("/tmp");
  make_directories(dir.path() / "share/agentbox/agents");
  CHECK(located_by(dir.path() / "bin/agentbox") ==
        (dir.path() / "share/agentbox").native() + "\n" + (dir.path() / "libexec/agentbox/agentbox-guest").native());
}

TEST_CASE("AGENTBOX_SHARE overrides, and the guest helper is found beside it or in libexec") {
  const TempDir dir("/tmp");
  const auto share = dir.path() / "share/agentbox";
  make_directories(share / "agents");
  make_directories(dir.path() / "elsewhere");
  const auto program = dir.path() / "elsewhere/bin/agentbox";
  make_directories(dir.path() / "libexec/agentbox");
  write_file_atomically(dir.path() / "libexec/agentbox/agentbox-guest", "");
  CHECK(located_by(program, share) ==
        share.native() + "\n" + (dir.path() / "libexec/agentbox/agentbox-guest").native());
  write_file_atomically(share / "agentbox-guest", "");
  CHECK(located_by(program, share) == share.native() + "\n" + (share / "agentbox-guest").native());
  CHECK_THAT(located_by(program, "relative"), Contains("error: AGENTBOX_SHARE is \"relative\""));
  CHECK_THAT(located_by(program, dir.path() / "elsewhere"), Contains("does not hold agentbox's definitions"));
}

TEST_CASE("a program that was copied somewhere says that it finds nothing") {
  const TempDir dir("/tmp");
  CHECK_THAT(located_by(dir.path() / "bin/agentbox"), Contains("error: cannot find agentbox's definitions next to"));
}

}  // namespace agentbox::shipped_files_test
