// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_store.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

namespace agentbox::template_store_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

using Paths = std::vector<fs::path>;

namespace {

const TemplateKey key{.qemu = "7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)",
                      .arguments_digest = "arguments",
                      .base_build = "/bases/dev/b1",
                      .helper_digest = "helper",
                      .host_processor = "",
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

/// As a look at the template, without a lease that lasts.
std::optional<MachineTemplate> find(const TemplateStore& store, const TemplateKey& for_key = key) {
  auto taken = store.take(for_key);
  return taken ? std::optional(taken->machine) : std::nullopt;
}

std::string quarantine_of(const MachineTemplate& machine) {
  return read_manifest(machine.directory).value_or(machine).quarantine.value_or("it is not in quarantine");
}

const TemplateNeeds nothing;
const TemplateLimits limits;

Paths removed(const TemplateStore& store, const TemplateNeeds& needs = nothing, const TemplateLimits& with = limits) {
  Paths directories;
  for (const auto& [directory, reason] : store.remove_unused(needs, with)) {
    directories.push_back(directory);
  }
  return directories;
}

const TemplateNeeds live{.directories = {}, .live_builds = {"/bases/dev/b1"}};

void make_writable(const fs::path& path) { fs::permissions(path, fs::perms::owner_write, fs::perm_options::add); }

}  // namespace

TEST_CASE("a published template is found, and says what it was made of") {
  const Store s;
  CHECK_FALSE(find(s.store));
  const MachineTemplate made = publish(s.store);
  const auto found = find(s.store);
  REQUIRE(found);
  CHECK(found->directory == made.directory);
  CHECK(found->directory.filename().string().starts_with(key.name() + "-"));
  CHECK(found->key == key);
  CHECK(found->created == made.created);
  CHECK(found->ram_pin.size == 5000);
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
  std::vector<TemplateKey> others(9, key);
  others[0].qemu = "7.2.22 (Debian 1:7.2+dfsg-7+deb12u19)";  // another package of the same version
  others[1].arguments_digest = "other";
  others[2].base_build = "/bases/dev/b2";
  others[3].helper_digest = "other";
  others[4].shape.accelerator = Accelerator::kvm;
  others[5].shape.cpus = 4;
  others[6].shape.memory = ByteSize::gibibytes(4);
  others[7].disk = ByteSize::gibibytes(21);
  others[8].host_processor = "another machine's";
  CHECK(key.name().size() == 12);
  for (const auto& other : others) {
    CHECK(other.name() != key.name());
    CHECK_FALSE(find(s.store, other));
  }
  CHECK(find(s.store));
}

TEST_CASE("the name is no more than a way to find it: the whole key counts") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  TemplateKey other = key;
  other.shape.cpus = 8;
  fs::rename(made.directory, s.templates / (other.name() + "-0000"));
  CHECK_FALSE(find(s.store, other));
}

TEST_CASE("a template that is not what was frozen is taken out of use, and whoever asked hears why") {
  // QEMU 7.2 opens the RAM file read-write. What an escaped guest writes there, every later session would run.
  const Store s;
  const MachineTemplate made = publish(s.store);
  const auto [in_directory, name] =
      GENERATE(table<std::string, std::string>({{"mem", "memory"}, {"state", "device state"}, {"disk.qcow2", "disk"}}));
  const fs::path file = made.directory / in_directory;
  make_writable(file);
  std::string reason;
  SECTION("a byte overwritten in place") {
    const UniqueFd fd = open_file(file, O_WRONLY);
    write_all(fd.get(), "x");
    reason = "changed";
  }
  SECTION("cut short") {
    fs::resize_file(file, 3);
    reason = "changed";
  }
  SECTION("replaced by a copy") {
    fs::copy_file(file, file.string() + ".copy");
    fs::rename(file.string() + ".copy", file);
    reason = "replaced";
  }
  SECTION("replaced by a link to itself") {
    fs::rename(file, file.string() + ".moved");
    fs::create_symlink(file.string() + ".moved", file);
    reason = "replaced";
  }
  SECTION("overwritten, with the old modification time put back") {
    const auto time = fs::last_write_time(file);
    {
      const UniqueFd fd = open_file(file, O_WRONLY);
      write_all(fd.get(), "x");
    }
    fs::last_write_time(file, time);
    reason = "changed";
  }
  SECTION("gone") {
    fs::remove(file);
    reason = "gone";
  }
  std::vector<std::string> heard;
  CHECK_FALSE(s.store.take(key, [&](const std::string& what) { heard.push_back(what); }));
  REQUIRE(heard.size() == 1);
  CHECK_THAT(heard[0], Contains(name) && Contains(reason));
  CHECK(quarantine_of(made) == heard[0]);
  CHECK_FALSE(s.store.take(key, [](const std::string& again) { FAIL(again); }));  // told once
  const MachineTemplate next = publish(s.store);
  CHECK(find(s.store)->directory == next.directory);
  CHECK(fs::exists(made.directory));  // a snapshot's disk may stand on its disk
}

TEST_CASE("a bit of the device state that flipped on the disk is found, whatever the file's times say") {
  const Store s;
  MachineTemplate made = publish(s.store);
  make_writable(made.state());
  const std::string digest = made.state_digest;
  {
    const UniqueFd fd = open_file(made.state(), O_WRONLY);
    write_all(fd.get(), "t");
  }
  write_manifest(made);  // notes the file as it is now
  const std::string manifest = read_file(made.directory / "manifest.json");
  std::string old = manifest;
  old.replace(old.find(made.state_digest), made.state_digest.size(), digest);
  write(made.directory / "manifest.json", old);
  CHECK_FALSE(find(s.store));
  CHECK(quarantine_of(made) == "its device state is damaged");
}

TEST_CASE("a manifest cut anywhere makes no template") {
  const Store s;
  const fs::path manifest = publish(s.store).directory / "manifest.json";
  const std::string whole = read_file(manifest);
  for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
    write(manifest, whole.substr(0, length));
    CAPTURE(length);
    CHECK_FALSE(find(s.store));
  }
  publish(s.store);
  CHECK(find(s.store));
  CHECK(removed(s.store, live) == Paths{manifest.parent_path()});
}

TEST_CASE("what is not a template is none") {
  const Store s;
  const MachineTemplate made = publish(s.store, key, "SSH-2.0-x\r\n");
  SECTION("its server's words are not those that were heard") { write(made.directory / "greeting", "SSH-2.0-y\r\n"); }
  SECTION("they are gone") { fs::remove(made.directory / "greeting"); }
  CHECK_FALSE(find(s.store));
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
  CHECK_FALSE(find(s.store));
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
    CHECK(removed(s.store).empty());
    CHECK(fs::exists(aside.path() / "mem"));
  }
  CHECK(removed(s.store).empty());
  CHECK_FALSE(fs::exists(aside.path()));
}

TEST_CASE("what a session leases is not removed") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  {
    const auto first = s.store.take(key);
    const auto second = s.store.take(key);  // sessions share
    REQUIRE(second);
    CHECK(TemplateStore::leased(made.directory));
    CHECK(removed(s.store).empty());
    CHECK_FALSE(TemplateStore::remove(made.directory));
  }
  {
    Forked session([&](int report) {
      const auto lease = s.store.take(key);
      report_line(report, "leased");
      sleep_for_ever();
    });
    REQUIRE(session.read_line() == "leased");
    CHECK(removed(s.store).empty());
    CHECK(find(s.store));
  }
  CHECK_FALSE(TemplateStore::leased(made.directory));
  CHECK(removed(s.store) == Paths{made.directory});  // a dead session leases nothing
  CHECK_FALSE(find(s.store));
}

TEST_CASE("what is needed stays, and so does what is of a base build that lives") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  CHECK(removed(s.store, {.directories = {made.directory}, .live_builds = {}}).empty());
  CHECK(removed(s.store, live).empty());
  CHECK(removed(s.store, {.directories = {}, .live_builds = {"/bases/dev/b2"}}) == Paths{made.directory});
}

TEST_CASE("the time of the last use is kept, and what was not used for long goes") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(31 * 24);
  fs::last_write_time(made.lease_file(), long_ago);
  const auto now = std::chrono::system_clock::now();
  CHECK(now - last_use(made) > std::chrono::hours(30 * 24));
  REQUIRE(find(s.store));
  CHECK(now - last_use(made) < std::chrono::hours(1));
  CHECK(removed(s.store, live).empty());

  fs::last_write_time(made.lease_file(), long_ago);
  CHECK(removed(s.store, {.directories = {made.directory}, .live_builds = {"/bases/dev/b1"}}).empty());
  const auto gone = s.store.remove_unused(live, limits);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].reason == "not used for 31 days");
}

TEST_CASE("of too many templates the ones used last stay") {
  const Store s;
  TemplateKey other = key;
  other.shape.cpus = 8;
  const MachineTemplate older = publish(s.store, other);
  const MachineTemplate newer = publish(s.store);
  fs::last_write_time(older.lease_file(), fs::file_time_type::clock::now() - std::chrono::hours(2));
  TemplateLimits one = limits;
  one.count = 1;
  CHECK(removed(s.store, live, one) == Paths{older.directory});
  CHECK(find(s.store));
}

TEST_CASE(
    "a template in quarantine stays for as long as a session runs from it, and its disk while something stands on "
    "that") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  const TemplateNeeds disk{.directories = {made.directory}, .live_builds = {"/bases/dev/b1"}};
  {
    const auto lease = s.store.take(key);
    TemplateStore::quarantine(made, "it did not restore");
    CHECK_FALSE(find(s.store));
    CHECK(quarantine_of(made) == "it did not restore");
    CHECK(removed(s.store, live).empty());
    CHECK(removed(s.store, disk).empty());
    CHECK(fs::exists(made.ram()));
  }
  CHECK(removed(s.store, disk).empty());
  CHECK_FALSE(fs::exists(made.ram()));
  CHECK(read_file(made.disk().path) == "disk");
  CHECK(removed(s.store, live) == Paths{made.directory});
  CHECK(s.store.list().empty());
}

TEST_CASE("to quarantine what is gone already is no error") {
  const Store s;
  const MachineTemplate made = publish(s.store);
  CHECK(TemplateStore::remove(made.directory));
  TemplateStore::quarantine(made, "too late");
  CHECK_FALSE(fs::exists(made.directory));
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
  CHECK(find(s.store)->greeting == greeting);

  TemplateKey other = key;
  other.shape.cpus = 8;
  publish(s.store, other);
  CHECK_FALSE(find(s.store, other)->greeting.has_value());
}

TEST_CASE("a kind of machine that fails twice in a row is given up for a day") {
  const Store s;
  const TemplateFailures failures = s.store.failures();
  const auto now = std::chrono::system_clock::now();
  using Verdict = TemplateFailures::Verdict;
  CHECK_FALSE(failures.given_up(key, now));
  CHECK(failures.note(key, "first") == Verdict::try_again);
  CHECK_FALSE(failures.given_up(key, now));
  SECTION("and no sooner") {
    failures.forget(key);
    CHECK(failures.note(key, "first again") == Verdict::try_again);
  }
  SECTION("with the last reason") {
    CHECK(failures.note(key, "second") == Verdict::give_up);
    CHECK(failures.given_up(key, now) == "second");
    CHECK(failures.all_given_up(now) == std::vector<std::string>{"second"});
    TemplateKey other = key;
    other.shape.cpus = 8;
    CHECK_FALSE(failures.given_up(other, now));
    CHECK_FALSE(failures.given_up(key, now + std::chrono::hours(25)));
    CHECK(failures.note(key, "third") == Verdict::give_up);
  }
  SECTION("unless the note of it is damaged") {
    failures.note(key, "second");
    write(s.templates / ".failures" / key.name(), "{\"count\": 5");
    CHECK_FALSE(failures.given_up(key, now));
  }
  failures.forget(key);
  failures.forget(key);
  CHECK_FALSE(failures.given_up(key, now));
}

}  // namespace agentbox::template_store_test
