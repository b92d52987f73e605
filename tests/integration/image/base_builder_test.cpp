// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/base_builder.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <thread>

#include "core/error.hpp"
#include "core/text.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "support/image_support.hpp"
#include "sys/files.hpp"
#include "sys/signals.hpp"

namespace agentbox::base_builder_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// A base of packages alone, which needs no VM, and a stand-in for mmdebstrap (support/fake_mmdebstrap.sh).
class Workshop : public Definitions {
 public:
  Workshop() {
    block_signals();
    base("plain", "debian: {release: trixie}\npackages: [git]\nsize: 1G\nfiles:\n  - {path: /etc/motd, content: hi}\n");
    write("base-images/guest/setup.sh", "");
    write("base-images/guest/init", "");
    write("helper", "ELF");
    const fs::path bin = place.path() / "bin";
    fs::create_directories(bin);
    fs::create_symlink(AGENTBOX_TEST_SUPPORT_DIR "/fake_mmdebstrap.sh", bin / "mmdebstrap");
    fs::create_symlink("/bin/true", bin / "mke2fs");
    setenv("PATH", (bin.string() + ":/usr/bin:/bin").c_str(), 1);
    setenv("FAKE_LOG", log().c_str(), 1);
    fs::create_directory(temporary());
    setenv("TMPDIR", temporary().c_str(), 1);
    mode("ok");
  }
  ~Workshop() { unsetenv("TMPDIR"); }

  static void mode(const char* name) { setenv("FAKE_MODE", name, 1); }
  [[nodiscard]] fs::path log() const { return place.path() / "log"; }
  [[nodiscard]] fs::path temporary() const { return place.path() / "tmp"; }
  [[nodiscard]] std::size_t runs() const {
    const auto lines = split(read_file_if_exists(log()).value_or(""), '\n');
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), "run"));
  }
  BaseBuild ensure(Rebuild rebuild = Rebuild::if_missing) {
    const Catalog definitions = catalog();
    const fs::path shipped = definitions.shipped_directory();
    return ensure_base("plain", rebuild,
                       {.catalog = definitions,
                        .directories = {.config = place.path(), .data = place.path(), .state = place.path(), .cache = place.path()},
                        .shipped = {.definitions = shipped, .guest_helper = shipped / "helper", .wire_program = {}, .gateway_program = {}},
                        .user_config = {},
                        .qemu = {},
                        .progress = progress});
  }
  /// Until the stand-in for mmdebstrap, of mode "hang", is half-way: another process's file, no event to wait for.
  void await_half_way() const {
    while (read_file_if_exists(log()).value_or("").find("hanging") == std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  [[nodiscard]] fs::path bases() const { return place.path() / "bases"; }
  [[nodiscard]] bool has_base() const { return BaseStore(bases()).current("plain").has_value(); }
  /// Every file below bases/ but locks.
  [[nodiscard]] std::vector<std::string> leftovers() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(bases())) {
      if (entry.is_regular_file() && entry.path().parent_path().filename() != ".locks") {
        names.push_back(entry.path().filename());
      }
    }
    return names;
  }

  TempDir place{fs::temp_directory_path(), "workshop"};
  RecordedProgress progress;
};

}  // namespace

TEST_CASE("a base is built once and then found") {
  Workshop workshop;
  const BaseBuild build = workshop.ensure();
  CHECK(build.name == "plain");
  CHECK(build.directory == workshop.bases() / "plain" / build.build);
  CHECK(read_file(build.kernel()) == "KERNEL\n");
  CHECK(read_file(build.initrd()) == "INITRD\n");
  REQUIRE(build.disk.size() == 1);
  CHECK(fs::file_size(build.disk[0].path) == ByteSize::gibibytes(1).bytes());
  CHECK(allocated_bytes(build.disk[0].path) < 100000);
  CHECK_THAT(build.private_key(), Contains("OPENSSH PRIVATE KEY"));
  CHECK_THAT(build.host_key, Catch::Matchers::StartsWith("ssh-ed25519 "));
  CHECK(build.root_device == "/dev/vda");
  CHECK(build.helper_digest == sha256_hex("ELF"));
  const auto archived = split(trim(read_file(workshop.log().string() + ".archive")), '\n');
  CHECK(archived == std::vector<std::string>{"usr/lib/agentbox/agentbox-guest", "usr/lib/agentbox/setup.sh",
                                             "usr/lib/agentbox/init", "usr/lib/agentbox/keys/host_key",
                                             "usr/lib/agentbox/keys/authorized_key", "etc/motd"});
  CHECK(workshop.ensure().build == build.build);
  CHECK(workshop.runs() == 1);
}

TEST_CASE("a finished disk is read-only, and no key lies about but the one to log in with") {
  Workshop workshop;
  const BaseBuild build = workshop.ensure();
  for (const auto& file : {build.disk[0].path, build.kernel(), build.initrd()}) {
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0222U) == 0);
  }
  auto files = workshop.leftovers();
  std::sort(files.begin(), files.end());
  CHECK(files == std::vector<std::string>{"disk.raw", "id_ed25519", "initrd", "manifest.json", "vmlinuz"});
}

TEST_CASE("a failed build says why and leaves nothing") {
  Workshop workshop;
  Workshop::mode("fail");
  try {
    workshop.ensure();
    FAIL("built");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::environment);
    CHECK_THAT(error.what(), Contains("mmdebstrap could not make the Debian root file system (exit code 25)"));
    CHECK_THAT(error.hint(), Contains("E: no such package"));
  }
  CHECK_FALSE(workshop.has_base());
  CHECK(workshop.leftovers().empty());
  CHECK(fs::is_empty(workshop.temporary()));
}

TEST_CASE("an interrupted build leaves nothing, and the next one succeeds") {
  Workshop workshop;
  Workshop::mode("hang");
  std::thread user([&] {
    workshop.await_half_way();
    kill(getpid(), SIGINT);
  });
  CHECK_THROWS_AS(workshop.ensure(), Interrupted);
  user.join();
  CHECK_FALSE(workshop.has_base());
  CHECK(workshop.leftovers().empty());
  CHECK(fs::is_empty(workshop.temporary()));
  Workshop::mode("ok");
  workshop.ensure();
  CHECK(workshop.has_base());
}

TEST_CASE("a killed build is no base, the next one clears it away") {
  Workshop workshop;
  {
    Workshop::mode("hang");
    Forked builder([&](int) { workshop.ensure(); });
    workshop.await_half_way();
  }
  CHECK_FALSE(workshop.has_base());
  CHECK_FALSE(workshop.leftovers().empty());
  Workshop::mode("ok");
  workshop.ensure();
  CHECK(workshop.leftovers().size() == 5);
}

TEST_CASE("launchers that come at once build once") {
  Workshop workshop;
  std::vector<std::unique_ptr<Forked>> launchers;
  for (int i = 0; i < 6; ++i) {
    launchers.push_back(std::make_unique<Forked>([&](int report) { report_line(report, workshop.ensure().build); }));
  }
  const std::string build = launchers[0]->read_line();
  for (std::size_t i = 1; i < launchers.size(); ++i) {
    CHECK(launchers[i]->read_line() == build);
  }
  CHECK(workshop.runs() == 1);
}

TEST_CASE("a rebuild makes another build, which a failure does not take away") {
  Workshop workshop;
  const std::string first = workshop.ensure().build;
  const std::string second = workshop.ensure(Rebuild::always).build;
  CHECK(second != first);
  CHECK(workshop.ensure().build == second);
  Workshop::mode("fail");
  CHECK_THROWS_AS(workshop.ensure(Rebuild::always), Error);
  CHECK(workshop.ensure().build == second);
  CHECK(workshop.runs() == 3);
}

TEST_CASE("a damaged base is built anew") {
  // Its error message says so; that command must not fail over the very damage.
  Workshop workshop;
  const BaseBuild build = workshop.ensure();
  write_file_atomically(build.directory / "manifest.json", "{");
  const auto how = GENERATE(Rebuild::if_missing, Rebuild::always);
  CHECK(workshop.ensure(how).build != build.build);
}

TEST_CASE("a base older than its definition is used, with a note") {
  Workshop workshop;
  const std::string build = workshop.ensure().build;
  CHECK(workshop.progress.notes.empty());
  workshop.base("plain", "debian: {release: trixie}\npackages: [git, curl]\nsize: 1G\n");
  CHECK(workshop.ensure().build == build);
  REQUIRE(workshop.progress.notes.size() == 1);
  CHECK_THAT(workshop.progress.notes[0], Contains("agentbox base build plain"));
}

TEST_CASE("a missing tool is named with its package") {
  Workshop workshop;
  setenv("PATH", workshop.place.path().c_str(), 1);
  CHECK_THROWS_WITH(workshop.ensure(), Contains("needs mmdebstrap"));
  CHECK(workshop.leftovers().empty());
}

}  // namespace agentbox::base_builder_test
