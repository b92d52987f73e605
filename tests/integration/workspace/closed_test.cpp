// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// What a session could not see: hidden from it, or closed to the project's own user. A copy held it as an empty file, and a session that
// touched it would have had that applied over what was there.
#include <sys/stat.h>

#include <set>

#include "support/catch.hpp"
#include "support/changed_project.hpp"

namespace agentbox::closed_test {

using test::Archive;
using Place = test::ChangedProject;
namespace fs = std::filesystem;

namespace {

struct ClosedPlace : Place {
  ClosedPlace() {
    write("d/open", "o");
    write("d/closed", "c");
    write("sealed/inner", "i");
    write(".env", "secret");
    write("plain", "p");
    settle();
    close(0);
    index = ProjectIndex::of(Beneath(project), [](const std::string& path) { return path == ".env"; });
  }
  ClosedPlace(const ClosedPlace&) = delete;
  ClosedPlace& operator=(const ClosedPlace&) = delete;
  ~ClosedPlace() { open(); }
  void open() const { close(0700); }

 private:
  void close(mode_t mode) const {
    ::chmod((project / "d/closed").c_str(), mode);
    ::chmod((project / "sealed").c_str(), mode);
  }
};

std::set<std::string> as_set(const std::vector<std::string>& paths) { return {paths.begin(), paths.end()}; }

}  // namespace

TEST_CASE("an index knows what its user cannot read, and what is hidden, also when it was stored") {
  const ClosedPlace place;
  place.index.save(place.directory.path() / "index");
  for (const auto& index : {place.index, ProjectIndex::load(place.directory.path() / "index")}) {
    CHECK(index.unreadable() == std::vector<std::string>{"d/closed", "sealed"});
    for (const auto* path : {".env", "d/closed", "sealed", "sealed/inner", "sealed/inner/most"}) {
      CHECK(index.is_closed(path));
    }
    for (const auto* path : {"d", "d/open", "d/closed-not", "plain", "new"}) {
      CHECK_FALSE(index.is_closed(path));
    }
    CHECK(index.holds_closed("d"));
    CHECK_FALSE(index.holds_closed("sealed"));
    CHECK_FALSE(index.holds_closed("plain"));
  }
}

TEST_CASE("what was closed to a session stays as it is, and all else goes its way") {
  const ClosedPlace place;
  const ChangeSet set = place.propose(Archive().file("gone/d").directory("tree/moved").file("tree/moved/open", "o").file("closed/moved/closed")
                                          .file("tree/.env", "").file("tree/sealed/new", "n").file("tree/plain", "P").end());
  CHECK(as_set(set.closed) == std::set<std::string>{".env", "d", "d/closed", "moved/closed", "sealed/new"});
  CHECK(place.store.find("run-x", "").closed == set.closed);
  std::vector<std::string> changed;
  for (const auto& change : set.changes) {
    changed.push_back(change.path);
  }
  CHECK(changed == std::vector<std::string>{"d/open", "moved", "moved/open", "plain"});
  CHECK(place.apply(set).conflicts.empty());
  place.open();
  CHECK(place.read("d/closed") == "c");
  CHECK(place.read(".env") == "secret");
  CHECK(place.read("sealed/inner") == "i");
  CHECK(place.read("moved/open") == "o");
  CHECK(place.read("plain") == "P");
  CHECK_FALSE(fs::exists(place.project / "d/open"));
  CHECK_FALSE(fs::exists(place.project / "moved/closed"));
}

// Of a sparse file of a terabyte the VM would have sent each zero, until the host refused all of the session's changes.
TEST_CASE("what is too big is named, and all else is brought out") {
  Place place;
  place.write("was", "w");
  place.settle();
  const ChangeSet set = place.propose(Archive().file("big/giant").file("big/was").file("tree/small", "s").end());
  CHECK(set.too_big == std::vector<std::string>{"giant", "was"});
  REQUIRE(set.changes.size() == 1);
  CHECK(place.store.find("run-x", "") == set);
  CHECK(place.apply(set).conflicts.empty());
  CHECK(place.read("was") == "w");
  CHECK(place.read("small") == "s");
}

TEST_CASE("where nobody had something hidden, a session may make it") {
  ClosedPlace place;
  fs::remove(place.project / ".env");
  place.index = ProjectIndex::of(Beneath(place.project), [](const std::string& path) { return path == ".env"; });
  const ChangeSet set = place.propose(Archive().file("tree/.env", "made").end());
  CHECK(set.closed.empty());
  CHECK(place.apply(set).conflicts.empty());
  CHECK(place.read(".env") == "made");
}

}  // namespace agentbox::closed_test
