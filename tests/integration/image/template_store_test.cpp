// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"

using namespace agentbox;
using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

using Paths = std::vector<fs::path>;

namespace {

const TemplateKey key{.qemu_version = "7.2.22",
                      .arguments_digest = "arguments",
                      .base_build = "/bases/dev/b1",
                      .helper_digest = "helper",
                      .shape = {.accelerator = Accelerator::tcg, .cpus = 2, .memory = ByteSize::gibibytes(2)},
                      .disk = ByteSize::gibibytes(20)};

void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

struct Store {
  TempDir directory{fs::temp_directory_path(), "templates"};
  fs::path templates = directory.path() / "data/templates";
  TemplateStore store{templates};
};

void fill(const fs::path& aside) {
  write(aside / "mem", std::string(5000, 'm'));
  write(aside / "state", "state");
  write(aside / "disk.qcow2", "disk");
}

MachineTemplate publish(const TemplateStore& store, const TemplateKey& for_key = key,
                        const std::optional<std::string>& greeting = {}) {
  TempDir aside = store.begin(for_key);
  fill(aside.path());
  return store.publish(std::move(aside), for_key, greeting);
}

std::string quarantined_reason(const fs::path& templates) {
  for (const auto& entry : fs::directory_iterator(templates / ".quarantine")) {
    return read_file(entry.path() / "reason.txt");
  }
  return "nothing is in quarantine";
}

void make_writable(const fs::path& path) { fs::permissions(path, fs::perms::owner_write, fs::perm_options::add); }

}  // namespace

TEST_CASE("a published template is found, and says what it was made of") {
  const Store s;
  CHECK_FALSE(s.store.find(key));
  const MachineTemplate made = publish(s.store);
  const auto found = s.store.find(key);
  REQUIRE(found);
  CHECK(found->directory == s.templates / key.name());
  CHECK(found->directory == made.directory);
  CHECK(found->base_build == "/bases/dev/b1");
  CHECK(found->created == made.created);
  CHECK(found->ram_size == 5000);
  CHECK(read_file(found->ram()) == std::string(5000, 'm'));
  CHECK(read_file(found->state()) == "state");
  CHECK(read_file(found->disk().path) == "disk");
  REQUIRE(s.store.list().size() == 1);
  CHECK(s.store.list()[0].directory == found->directory);
}

TEST_CASE("nobody else may look into a template's memory") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  for (const auto& file : {made.ram(), made.state(), made.disk().path}) {
    CAPTURE(file);
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0077U) == 0);
  }
}

TEST_CASE("any difference in the key is another template") {
  const Store s;
  publish(s.store);
  std::vector<TemplateKey> others(8, key);
  others[0].qemu_version = "7.2.23";
  others[1].arguments_digest = "other";
  others[2].base_build = "/bases/dev/b2";
  others[3].helper_digest = "other";
  others[4].shape.accelerator = Accelerator::kvm;
  others[5].shape.cpus = 4;
  others[6].shape.memory = ByteSize::gibibytes(4);
  others[7].disk = ByteSize::gibibytes(21);
  CHECK(key.name().size() == 24);
  for (const auto& other : others) {
    CHECK(other.name() != key.name());
    CHECK_FALSE(s.store.find(other));
  }
  CHECK(s.store.find(key));
}

TEST_CASE("a template whose RAM is not what was frozen is taken out of use") {
  // QEMU 7.2 opens the RAM file read-write. What an escaped guest writes there, every later session would run.
  const Store s;
  const fs::path ram = publish(s.store).ram();
  make_writable(ram);
  SECTION("a byte overwritten in place") {
    const UniqueFd fd = open_file(ram, O_WRONLY);
    write_all(fd.get(), "x");
  }
  SECTION("cut short") { fs::resize_file(ram, 4000); }
  SECTION("replaced by a copy") {
    fs::copy_file(ram, ram.string() + ".copy");
    fs::rename(ram.string() + ".copy", ram);
  }
  SECTION("overwritten, with the old modification time put back") {
    const auto time = fs::last_write_time(ram);
    {
      const UniqueFd fd = open_file(ram, O_WRONLY);
      write_all(fd.get(), "x");
    }
    fs::last_write_time(ram, time);
  }
  SECTION("gone") { fs::remove(ram); }
  CHECK_FALSE(s.store.find(key));
  CHECK_FALSE(fs::exists(s.templates / key.name()));
  CHECK_THAT(quarantined_reason(s.templates), Contains("not what its manifest says"));
  CHECK(s.store.list().empty());
  publish(s.store);
  CHECK(s.store.find(key));
}

TEST_CASE("a template that lacks its state or its disk is taken out of use") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  fs::remove(GENERATE(true, false) ? made.state() : made.disk().path);
  CHECK_FALSE(s.store.find(key));
  CHECK_THAT(quarantined_reason(s.templates), Contains("not what its manifest says"));
}

TEST_CASE("a manifest cut anywhere makes no template") {
  const Store s;
  const fs::path manifest = publish(s.store).directory / "manifest.json";
  const std::string whole = read_file(manifest);
  for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
    write(manifest, whole.substr(0, length));
    CAPTURE(length);
    CHECK_FALSE(s.store.find(key));
  }
  publish(s.store);  // takes the place of the damaged one
  CHECK(s.store.find(key));
}

TEST_CASE("a killed build is no template, and the next one clears it away") {
  const Store s;
  fs::path left;
  {
    TempDir aside = s.store.begin(key);
    fill(aside.path());
    left = aside.path();
    aside.keep();  // as SIGKILL does
  }
  CHECK_FALSE(s.store.find(key));
  CHECK(s.store.list().empty());
  const TempDir next = s.store.begin(key);
  CHECK_FALSE(fs::exists(left));
}

TEST_CASE("clean-up finds what killed builds left, and leaves those that go on alone") {
  // A RAM file of gigabytes whose key never comes again (a new QEMU, a new base) would stay for ever.
  const Store s;
  TempDir aside = s.store.begin(key);
  fill(aside.path());
  {
    const auto lock = s.store.try_lock(key);
    REQUIRE(lock);
    CHECK(s.store.remove_unused({}, {}).empty());
    CHECK(fs::exists(aside.path() / "mem"));
  }
  s.store.remove_unused({}, {});
  CHECK_FALSE(fs::exists(aside.path()));
}

TEST_CASE("what a session leases is not removed") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  {
    const FileLock first = TemplateStore::lease(made);
    const FileLock second = TemplateStore::lease(made);  // sessions share
    CHECK(s.store.remove_unused({}, {}).empty());
  }
  {
    Forked session([&](int report) {
      const FileLock lease = TemplateStore::lease(made);
      report_line(report, "leased");
      sleep_for_ever();
    });
    REQUIRE(session.read_line() == "leased");
    CHECK(s.store.remove_unused({}, {}).empty());
    CHECK(s.store.find(key));
  }
  CHECK(s.store.remove_unused({}, {}) == Paths{made.directory});  // a dead session leases nothing
  CHECK_FALSE(s.store.find(key));
  CHECK_THROWS_AS(TemplateStore::lease(made), Error);
}

TEST_CASE("what is needed, or of a base build that lives, stays") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  CHECK(s.store.remove_unused({made.directory}, {}).empty());
  CHECK(s.store.remove_unused({}, {"/bases/dev/b1"}).empty());
  CHECK(s.store.remove_unused({}, {"/bases/dev/b2"}) == Paths{made.directory});
}

TEST_CASE("a template in quarantine stays for as long as a session runs from it") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  {
    const FileLock lease = TemplateStore::lease(made);
    s.store.quarantine(made.directory, "it did not restore");
    CHECK_FALSE(s.store.find(key));
    CHECK_THAT(quarantined_reason(s.templates), Contains("it did not restore"));
    CHECK(s.store.remove_unused({}, {}).empty());
  }
  CHECK(s.store.remove_unused({}, {}).size() == 1);
  CHECK(fs::is_empty(s.templates / ".quarantine"));
}

TEST_CASE("to quarantine what is gone already is no error") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  s.store.quarantine(made.directory, "first");
  s.store.quarantine(made.directory, "second");
  CHECK_THAT(quarantined_reason(s.templates), Contains("first"));
}

TEST_CASE("one builder at a time per key") {
  const Store s;
  TemplateKey other = key;
  other.shape.cpus = 8;
  auto first = s.store.try_lock(key);
  REQUIRE(first);
  CHECK_FALSE(s.store.try_lock(key));
  CHECK(s.store.try_lock(other));
  first.reset();
  CHECK(s.store.try_lock(key));
}

TEST_CASE("what the server that waits in a template has said is kept with it") {
  const Store s;
  const std::string greeting("SSH-2.0-x\r\n\0\xff", 13);
  CHECK(publish(s.store, key, greeting).greeting == greeting);
  CHECK(s.store.find(key)->greeting == greeting);

  TemplateKey other = key;
  other.shape.cpus = 8;
  publish(s.store, other);
  CHECK_FALSE(s.store.find(other)->greeting.has_value());
}
