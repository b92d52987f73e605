// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/changed_project.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"
#include "workspace/artifacts/artifact_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace agentbox::artifacts_test {

using Catch::Matchers::Contains;
using test::Archive;
using test::source;
namespace fs = std::filesystem;

namespace {

struct Out {
  TempDir place{fs::temp_directory_path()};
  ArtifactDirectory directory{place.path() / "out", {}};
  std::vector<Artifact> files;
  RefusedName refused = [](const std::string& name) { return name.find("hooks/") != std::string::npos; };

  std::string take(const std::string& archive, const std::string& pattern, ArtifactLimits limits = {}) {
    return read_artifacts(source(archive), ArtifactPattern({.pattern = pattern, .directory = {}}, "/p"), directory,
                          refused, limits, files);
  }
  [[nodiscard]] std::string text(const std::string& name) const { return read_file(place.path() / "out" / name); }
};

std::size_t entries_below(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::recursive_directory_iterator(directory), fs::recursive_directory_iterator()));
}

}  // namespace

TEST_CASE("artifacts are the files that match, with their sizes and digests") {
  Out out;
  CHECK(out.take(Archive().file("./r/a.xml", "one").file("./r/deep/b.xml", "two").file("./r/c.txt", "x").end(),
                 "r/**/*.xml")
            .empty());
  REQUIRE(out.files.size() == 2);
  CHECK(out.files[0].path == out.place.path() / "out/r/a.xml");
  CHECK(out.files[0].from == "/p/r/a.xml");
  CHECK(out.files[0].size == 3);
  CHECK(out.files[0].sha256 == sha256_hex("one"));
  CHECK(out.text("r/a.xml") == "one");
  CHECK(out.text("r/deep/b.xml") == "two");
  CHECK_FALSE(fs::exists(out.place.path() / "out/r/c.txt"));
  struct stat status {};
  REQUIRE(::stat((out.place.path() / "out/r/a.xml").c_str(), &status) == 0);
  CHECK((status.st_mode & 0111U) == 0);
}

TEST_CASE("an archive of a hostile guest writes nothing but files that match, below the directory") {
  Out out;
  const std::string archive = Archive()
                                  .file("../x", "x")
                                  .file("./../x", "x")
                                  .file("/x", "x")
                                  .file("./a/../../x", "x")
                                  .file("./a//x", "x")
                                  .link("./link", "/etc")
                                  .file("./link/x", "x")
                                  .hard_link("./hard", "/etc/passwd")
                                  .add("./fifo", AE_IFIFO, 0666, {}, {}, {})
                                  .file("./" + std::string(300, 'n'), "x")
                                  .file("./twice", "first")
                                  .file("./twice", "second")
                                  .end();
  CHECK(out.take(archive, "*").empty());
  CHECK(out.text("twice") == "first");
  CHECK(out.text("link/x") == "x");  // a directory of ours, and no link
  CHECK_FALSE(fs::is_symlink(out.place.path() / "out/link"));
  CHECK_FALSE(fs::exists(out.place.path() / "x"));
  CHECK(entries_below(out.place.path()) == 4 + 1);  // out, link, link/x, twice, and the archive's own last member
}

TEST_CASE("names that are refused are left out, and told") {
  Out out;
  const std::string archive = Archive().file("./.git/hooks/post-checkout", "x").file("./b/hooks/x", "x").file("./fine", "y").end();
  CHECK_THAT(out.take(archive, "*"), Contains(".git/hooks/post-checkout and 1 more are left out"));
  CHECK(out.text("fine") == "y");
  CHECK_FALSE(fs::exists(out.place.path() / "out/.git"));
  CHECK_FALSE(fs::exists(out.place.path() / "out/b"));
}

TEST_CASE("artifacts are bounded, and what is too much leaves no half of a file") {
  Out out;
  CHECK_THAT(out.take(Archive().file("./a", std::string(600, 'x')).file("./b", std::string(600, 'x')).end(), "*",
                      {.bytes = 1000}),
             Contains("more than agentbox copies"));
  CHECK(out.text("a").size() == 600);
  CHECK(entries_below(out.place.path() / "out") == 1);
  CHECK_THAT(out.take(Archive().file("./c").file("./d").file("./e").end(), "*", {.files = 2}), Contains("more files"));
  CHECK_FALSE(fs::exists(out.place.path() / "out/e"));
  CHECK_THAT(out.take("this is no archive, however long it may be", "*"), Contains("no whole archive"));
  CHECK(out.take("", "*").empty());
}

TEST_CASE("no link is followed in a directory that a VM could have written to") {
  const TempDir place(fs::temp_directory_path());
  const fs::path project = place.path() / "project";
  fs::create_directories(project);
  fs::create_directories(place.path() / "elsewhere");
  fs::create_directory_symlink(place.path() / "elsewhere", project / "out");
  CHECK_THROWS_AS(ArtifactDirectory(project / "out", {project}), Error);
  CHECK_THROWS_AS(ArtifactDirectory(project / "out/below", {project}), Error);
  // By another name of the project, too.
  fs::create_directory_symlink(project, place.path() / "way");
  CHECK_THROWS_AS(ArtifactDirectory(place.path() / "way/out", {project}), Error);
  CHECK_THROWS_AS(ArtifactDirectory(place.path() / "way/out/made", {place.path() / "way"}), Error);
  CHECK(fs::is_empty(place.path() / "elsewhere"));
  ArtifactDirectory(place.path() / "way/x", {project}).put("file", [](int fd) { write_all(fd, "x"); });
  CHECK(read_file(project / "x/file") == "x");

  const ArtifactDirectory out(project / "made/deep", {project});
  // What is done to the name after it was opened leads nowhere else.
  fs::rename(project / "made", project / "moved");
  fs::create_directory_symlink(place.path() / "elsewhere", project / "made");
  out.put("file", [](int fd) { write_all(fd, "x"); });
  CHECK(read_file(project / "moved/deep/file") == "x");
  fs::create_directory_symlink(place.path() / "elsewhere", project / "moved/deep/sub");
  CHECK_THROWS_AS(out.put("sub/file", [](int fd) { write_all(fd, "x"); }), Error);
  CHECK(fs::is_empty(place.path() / "elsewhere"));
  // What is no file stays.
  REQUIRE(mkfifo((project / "moved/deep/fifo").c_str(), 0600) == 0);
  CHECK_THROWS_AS(out.put("fifo", [](int fd) { write_all(fd, "x"); }), Error);
  CHECK(fs::is_fifo(project / "moved/deep/fifo"));
  out.remove("fifo");
  CHECK(fs::is_fifo(project / "moved/deep/fifo"));
  write_file_atomically(project / "moved/deep/old", "x");
  out.remove("old");
  CHECK_FALSE(fs::exists(project / "moved/deep/old"));
  out.remove("old");  // it is gone already
  // A link in the place of a file is replaced.
  write_file_atomically(place.path() / "target", "old");
  fs::create_symlink(place.path() / "target", project / "moved/deep/link");
  out.put("link", [](int fd) { write_all(fd, "new"); });
  CHECK(read_file(place.path() / "target") == "old");
  CHECK(read_file(project / "moved/deep/link") == "new");
}

TEST_CASE("find and tar of the guest send what the pattern takes") {
  const TempDir place(fs::temp_directory_path());
  const fs::path project = place.path() / "it's a project";
  fs::create_directories(project / "r/deep");
  write_file_atomically(project / "r/a.xml", "one");
  write_file_atomically(project / "r/deep/new\nline.xml", "two");
  write_file_atomically(project / "r/-x.xml", "three");
  write_file_atomically(project / "r/no.txt", "no");
  fs::create_symlink("/etc/passwd", project / "r/link.xml");
  const ArtifactPattern pattern({.pattern = "r/**/*.xml", .directory = {}}, project);
  const fs::path archive = place.path() / "archive";
  REQUIRE(std::system(("( " + pattern.guest_command() + " ) > '" + archive.string() + "'").c_str()) == 0);
  std::vector<Artifact> files;
  ArtifactLimits limits;
  CHECK(read_artifacts(source(read_file(archive)), pattern, ArtifactDirectory(place.path() / "out", {}),
                       [](const std::string&) { return false; }, limits, files)
            .empty());
  CHECK(files.size() == 3);
  CHECK(read_file(place.path() / "out/r/deep/new\nline.xml") == "two");
  CHECK(read_file(place.path() / "out/r/-x.xml") == "three");
}

}  // namespace agentbox::artifacts_test
