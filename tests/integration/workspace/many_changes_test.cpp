// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// What a formatter, a code generator or a renamed top directory leaves. The same with 100,000 files, and how long each step takes:
// test_integration_workspace "[bench]"
#include <sys/resource.h>

#include <cstdio>

#include "support/catch.hpp"
#include "support/changed_project.hpp"
#include "workspace/changes/patch.hpp"

namespace agentbox::many_changes_test {

using test::Archive;
using Place = test::ChangedProject;
namespace fs = std::filesystem;

namespace {

enum class Tell { nothing, times };

class Steps {
 public:
  explicit Steps(Tell tell) : tell_(tell) {}
  void end(const char* step) {
    const auto now = std::chrono::steady_clock::now();
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    if (tell_ == Tell::times) {
      std::printf("%-10s %6lld ms, at most %ld MiB so far\n", step,
                  static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_).count()), usage.ru_maxrss / 1024);
    }
    begun_ = std::chrono::steady_clock::now();
  }

 private:
  Tell tell_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

std::string name_of(const std::string& top, int file) { return top + "/d" + std::to_string(file % 100) + "/" + std::to_string(file); }

/// A quarter each: other content, gone with their directory, moved, new. All new ones are alike.
void change_many(int files, Tell tell) {
  Place place;
  Steps steps(tell);
  const int quarter = files / 4;
  Archive archive;
  for (const std::string top : {"to", "new"}) {
    archive.directory("tree/" + top);
    for (int directory = 0; directory < 100; ++directory) {
      archive.directory("tree/" + top + "/d" + std::to_string(directory));
    }
  }
  for (int file = 0; file < quarter; ++file) {
    const std::string number = std::to_string(file);
    place.write(name_of("changed", file), "one\n" + number + "\n");
    place.write(name_of("gone", file), "gone " + number + "\n");
    place.write(name_of("moved", file), "moved " + number + "\n");
    archive.file(name_of("tree/changed", file), "two\n" + number + "\n");
    archive.file(name_of("tree/to", file), "moved " + number + "\n");
    archive.file(name_of("tree/new", file), "new\n");
  }
  const std::string whole = archive.file("gone/gone").file("gone/moved").end();
  steps.end("(prepare)");
  place.settle();
  steps.end("index");
  const ChangeSet set = place.propose(whole);
  steps.end("bring out");
  const BlobStore blobs = place.store.blobs_of(set.id);
  std::vector<PatchFile> shown;
  for_each_patch(set.changes, blobs, BinaryForm::named, [&](PatchFile file) {
    file.header = file.body = {};
    shown.push_back(std::move(file));
  });
  CHECK(patch_stat(shown).ends_with(fmt::format(" {} files changed, {} insertions(+), {} deletions(-)\n", 4 * quarter, 2 * quarter, 2 * quarter)));
  steps.end("stat");
  const ApplyResult applied = place.apply(set);
  steps.end("apply");
  CHECK(applied.conflicts.empty());
  CHECK(place.read(name_of("changed", quarter - 1)) == fmt::format("two\n{}\n", quarter - 1));
  CHECK(place.read(name_of("to", 0)) == "moved 0\n");
  CHECK_FALSE(fs::exists(place.project / "gone"));
  const ChangeSet after = place.store.find(set.id, "", ChangeStore::Newest::applied);
  CHECK(count_open(after) == 0);
  steps.end("find");
  CHECK(place.undo(after).conflicts.empty());
  steps.end("undo");
  CHECK(place.read(name_of("gone", 1)) == "gone 1\n");
  CHECK(place.read(name_of("moved", 1)) == "moved 1\n");
  CHECK_FALSE(fs::exists(place.project / "to"));
  place.store.discard(set.id);
  steps.end("discard");
  CHECK(place.store.ids().empty());
}

}  // namespace

TEST_CASE("many changed files are brought out, shown, applied, taken back and discarded") { change_many(2000, Tell::nothing); }

TEST_CASE("a hundred thousand changed files", "[.][bench]") { change_many(100'000, Tell::times); }

}  // namespace agentbox::many_changes_test
