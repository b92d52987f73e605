// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Full disks: the error says so, nothing is half, and the changes are still there. A small tmpfs in a namespace of its own is the disk.
#include <sched.h>
#include <sys/mount.h>

#include <fstream>

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "support/changed_project.hpp"
#include "support/skip.hpp"

namespace agentbox::disk_full_test {

using test::Archive;
using test::expect;
using Place = test::ChangedProject;

namespace {

// In a second process. False where that may not have namespaces.
bool mount_small_disk(const std::filesystem::path& where) {
  const auto uid = ::getuid();
  const auto gid = ::getgid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
    return false;
  }
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << uid << ' ' << uid << " 1\n";
  std::ofstream("/proc/self/gid_map") << gid << ' ' << gid << " 1\n";
  std::filesystem::create_directories(where);
  return ::mount("none", where.c_str(), "tmpfs", 0, "size=512k") == 0;
}

std::string what_fails(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing failed";
}

/// Runs body where `where` is a disk of 512 KiB; skips where that cannot be had.
void with_small_disk(const std::filesystem::path& where, const std::function<void()>& body) {
  test::Forked process([&](int report) {
    const bool mounted = mount_small_disk(where);
    test::report_line(report, mounted ? "mounted" : "not mounted");
    if (mounted) {
      body();
    }
  });
  if (process.read_line() == "not mounted") test::skip("no user namespace, or no tmpfs in it");
  CHECK(process.wait().success());
}

std::string noise(std::size_t size) {
  std::string text;
  while (text.size() < size) {
    text += random_hex(32) + "\n";
  }
  return text;
}

bool says_full(const std::string& text) { return text.find("No space left on device") != std::string::npos; }

}  // namespace

TEST_CASE("bringing changes out onto a full disk") {
  Place place;
  place.write("a", "a\n");
  place.settle();
  const std::string small = Archive().file("tree/a", "A\n").end();
  const std::string large = Archive().file("tree/a", "A\n").file("tree/large", noise(600'000)).end();
  with_small_disk(place.directory.path() / "changes", [&] {
    expect(says_full(what_fails([&] { static_cast<void>(place.propose(large)); })), "the error says that the disk is full");
    expect(place.store.ids().empty(), "there is no half change set");
    expect(place.read("a") == "a\n", "the project is as it was");
    expect(place.propose(small).changes.size() == 1, "nothing of the first try takes space");
  });
}

TEST_CASE("applying to a full disk") {
  Place place;
  const std::string archive = Archive().file("tree/small", "s\n").file("tree/large", noise(600'000)).end();
  with_small_disk(place.project, [&] {
    place.write("a", "a\n");
    place.settle();
    const ChangeSet set = place.propose(archive);
    const auto before = place.tree();
    expect(says_full(what_fails([&] { static_cast<void>(place.apply(set)); })), "the error says that the disk is full");
    expect(place.tree() == before, "nothing of it is in the project");
    expect(place.store.load("run-x") == set, "the changes wait as before");
    expect(recover_changes(place.store).empty(), "there is nothing to be put right");
    expect(place.apply(set, {"small"}).conflicts.empty(), "what fits can be applied");
  });
}

TEST_CASE("a journal that cannot be written") {
  Place place;
  place.settle();
  with_small_disk(place.directory.path() / "changes", [&] {
    // All but a few pages are taken, so that the set is there and its journal is not.
    const ChangeSet set = place.propose(Archive().file("tree/a", "a").end());
    std::ofstream fill(place.directory.path() / "changes/fill");
    const std::string page(4096, 'x');
    while (fill.write(page.data(), 4096).flush()) {
    }
    fill.close();
    expect(says_full(what_fails([&] { static_cast<void>(place.apply(set)); })), "the error says that the disk is full");
    expect(place.tree().empty(), "nothing of it is in the project");
    std::filesystem::remove(place.directory.path() / "changes/fill");
    expect(place.apply(place.store.load("run-x")).conflicts.empty(), "with space it works");
  });
}

}  // namespace agentbox::disk_full_test
