// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/settings_copy.hpp"

#include "session/agent_settings.hpp"
#include "session/run_plan.hpp"
#include "support/catch.hpp"
#include "support/image_support.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace agentbox::settings_copy_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

/// A home with an agent's settings in it, which HOME names meanwhile.
class Home {
 public:
  Home() {
    ::setenv("HOME", place_.path().c_str(), 1);
    write(path() / ".a/NOTES.md", "be brief\n");
    write(path() / ".a/skills/one/SKILL.md", "one\n");
    write(path() / ".a/skills/one/run.sh", "#!/bin/sh\n");
    fs::permissions(path() / ".a/skills/one/run.sh", fs::perms::owner_all);
  }
  ~Home() { earlier_.empty() ? ::unsetenv("HOME") : ::setenv("HOME", earlier_.c_str(), 1); }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  [[nodiscard]] const fs::path& path() const { return place_.path(); }

 private:
  std::string earlier_ = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
  TempDir place_{fs::temp_directory_path(), "home"};
};

SettingsPlace in_home(const Home& home, const StatePath& path) { return {.top = home.path(), .path = path.path, .prefix = "~/"}; }

/// No directory is closed to root; meanwhile we are somebody else.
class OrdinaryUser {
 public:
  OrdinaryUser() {
    if (was_root_) REQUIRE(::seteuid(65534) == 0);
  }
  ~OrdinaryUser() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;

 private:
  bool was_root_ = ::geteuid() == 0;
};

const StatePath skills{".a/skills", StatePath::Kind::directory};
const StatePath notes{".a/NOTES.md", StatePath::Kind::file};

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("a copy of settings holds plain files, follows no link, and leaves secrets behind") {
  const Home home;
  const TempDir outside(fs::temp_directory_path());
  write(outside.path() / "secret", "outside");
  write(home.path() / ".ssh/id_ed25519", "private");
  const fs::path top = home.path() / ".a/skills";
  fs::create_symlink(outside.path() / "secret", top / "one/out");
  fs::create_symlink("../../../.ssh/id_ed25519", top / "one/within-the-home");
  fs::create_directory_symlink(outside.path(), top / "two");
  write(top / "one/.env", "x");
  write(top / "one/key.pem", "x");
  write(top / "one/config.txt", "token = ghp_0123456789abcdefABCDEF0123456789abcd\n");
  write(top / "one/.git/config", "x");
  write(top / "one/node_modules/x/y", "x");
  write(top / "one/vendor/.env", "x");  // in a project that would be seen
  REQUIRE(::mkfifo((top / "one/fifo").c_str(), 0600) == 0);
  const TempDir target(fs::temp_directory_path());
  SettingsCopy copy;
  copy.copy(in_home(home, skills), skills.kind, target.path() / "skills");
  std::vector<std::string> copied;
  for (const auto& entry : fs::recursive_directory_iterator(target.path()))
    copied.push_back(fs::relative(entry.path(), target.path()));
  std::sort(copied.begin(), copied.end());
  CHECK(copied == std::vector<std::string>{"skills", "skills/one", "skills/one/SKILL.md", "skills/one/run.sh",
                                           "skills/one/vendor"});
  CHECK(read_file(target.path() / "skills/one/SKILL.md") == "one\n");
  CHECK((fs::status(target.path() / "skills/one/run.sh").permissions() & fs::perms::owner_exec) != fs::perms::none);
  CHECK((fs::status(target.path() / "skills/one/SKILL.md").permissions() & fs::perms::owner_write) == fs::perms::none);
  CHECK(joined(copy.left_out()) ==
        "~/.a/skills/one/.env (a secret, by its name)\n~/.a/skills/one/config.txt (it holds what looks like a key)\n"
        "~/.a/skills/one/fifo (no plain file)\n~/.a/skills/one/key.pem (a secret, by its name)\n~/.a/skills/one/out (a "
        "link)\n"
        "~/.a/skills/one/vendor/.env (a secret, by its name)\n~/.a/skills/one/within-the-home (a link)\n~/.a/skills/two (a link)\n");
}

TEST_CASE("a copy of settings has bounds") {
  const Home home;
  const TempDir target(fs::temp_directory_path());
  const fs::path top = home.path() / ".a/skills";
  for (int i = 0; i < 20; ++i) write(top / ("f" + std::to_string(i)), "0123456789");
  SECTION("of files") {
    SettingsCopy copy({.entries = 10});
    copy.copy(in_home(home, skills), skills.kind, target.path() / "x");
    CHECK_THAT(joined(copy.left_out()), Contains("too many files"));
  }
  SECTION("of bytes") {
    write(top / "big", std::string(200, 'x'));
    SettingsCopy copy({.file = ByteSize(100), .all = ByteSize(150)});
    copy.copy(in_home(home, skills), skills.kind, target.path() / "x");
    CHECK_THAT(joined(copy.left_out()), Contains("big (too big)"));
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(target.path()))
      bytes += entry.is_regular_file() ? entry.file_size() : 0;
    CHECK(bytes <= 150);
    CHECK(bytes >= 100);
  }
  SECTION("of depth") {
    write(top / "a/b/c/d/e", "deep");
    SettingsCopy copy({.depth = 3});
    copy.copy(in_home(home, skills), skills.kind, target.path() / "x");
    CHECK(joined(copy.left_out()) == "~/.a/skills/a/b/c (too deep)\n");
  }
}

TEST_CASE("a settings file that has grown since it was looked at is left out") {
  const TempDir target(fs::temp_directory_path());
  // Files there have no size, and hold something.
  const SettingsPlace status{.top = "/proc/self", .path = "status", .prefix = "~/"};
  for (const auto& limits : {SettingsLimits{.file = ByteSize(10)}, SettingsLimits{.all = ByteSize(10)}}) {
    SettingsCopy copy(limits);
    copy.copy(status, StatePath::Kind::file, target.path() / "status");
    CHECK(joined(copy.left_out()) == "~/status (too big)\n");
    CHECK_FALSE(fs::exists(target.path() / "status"));
  }
}

TEST_CASE("settings that cannot be read are told, and the rest is handed over") {
  const Home home;
  write(home.path() / ".a/skills/closed/SKILL.md", "closed\n");
  write(home.path() / ".b/NOTES.md", "closed\n");
  fs::remove(home.path() / ".a/skills/one/run.sh");
  fs::permissions(home.path(), fs::perms{0755});
  fs::permissions(home.path() / ".a/skills/closed", fs::perms::none);
  fs::permissions(home.path() / ".b", fs::perms::none);
  AgentProfile profile;
  profile.name = "a";
  profile.settings.files = {notes, skills, {".b/NOTES.md", StatePath::Kind::file}};
  profile.settings.chosen = {{.path = ".b/settings.json", .format = SeedFile::Format::json, .keys = {"model"}}};
  RunPlan plan;
  const TempDir target(fs::temp_directory_path());
  fs::permissions(target.path(), fs::perms::all);
  SettingsCopy copy;
  {
    const OrdinaryUser user;
    plan.directories.settings = plan_settings_files(profile, plan);
    add_chosen_settings(profile, plan);
    copy.copy(in_home(home, skills), skills.kind, target.path() / "skills");
  }
  fs::permissions(home.path() / ".a/skills/closed", fs::perms::owner_all);
  fs::permissions(home.path() / ".b", fs::perms::owner_all);
  CHECK(plan.directories.settings.size() == 2);
  CHECK(joined(plan.warnings) ==
        "~/.b/NOTES.md is not handed over: cannot look at .b/NOTES.md: Permission denied\n"
        "nothing is taken from ~/.b/settings.json: cannot look at .b/settings.json: Permission denied\n");
  CHECK(joined(copy.left_out()) == "~/.a/skills/closed (it cannot be read)\n");
  CHECK(read_file(target.path() / "skills/one/SKILL.md") == "one\n");
}

TEST_CASE("a session gets those of its agent's settings that are there, read-only") {
  const Home home;
  fs::create_symlink("NOTES.md", home.path() / ".a/LINK.md");
  write(home.path() / ".a/settings.json",
        R"({"model": "m", "hooks": {"Stop": "x"}, "language": "AKIAIOSFODNN7EXAMPLE12"})");
  AgentProfile profile;
  profile.name = "a";
  profile.settings.files = {
      notes, skills, {".a/LINK.md", StatePath::Kind::file}, {".a/missing", StatePath::Kind::directory}};
  profile.settings.chosen = {
      {.path = ".a/settings.json", .format = SeedFile::Format::json, .keys = {"model", "language"}},
      {.path = ".a/other.json", .format = SeedFile::Format::json, .keys = {"model"}}};
  RunPlan plan;
  plan.label = "a";
  plan.seed = {{.path = ".a/settings.json", .content = R"({"seeded": true})", .format = SeedFile::Format::json}};
  plan.directories.settings = plan_settings_files(profile, plan);
  REQUIRE(plan.directories.settings.size() == 2);
  CHECK_THAT(joined(plan.warnings), Contains("~/.a/LINK.md is a link"));

  add_chosen_settings(profile, plan);
  REQUIRE(plan.seed.size() == 1);
  CHECK(nlohmann::json::parse(plan.seed[0].content) == nlohmann::json::parse(R"({"model": "m", "seeded": true})"));
  CHECK_THAT(joined(plan.warnings), Contains("what looks like a key: language"));

  const TempDir session(fs::temp_directory_path());
  RecordedProgress progress;
  SharedDirectories shared;
  add_settings(plan, session.path() / "settings", progress, shared);
  REQUIRE(shared.host.size() == 2);
  for (const auto& one : shared.host) CHECK(one.access == WorkspaceExport::Access::read_only);
  REQUIRE(shared.guest.size() == 1);
  CHECK((shared.guest[0].path == ".a/skills" && shared.guest[0].read_only));
  REQUIRE(shared.links.size() == 1);
  CHECK(shared.links[0].path == ".a/NOTES.md");

  // A directory that is a link, as who keeps such files elsewhere has it, is told once.
  fs::create_directory_symlink(".a", home.path() / ".b");
  profile.settings.files.push_back({".b/NOTES.md", StatePath::Kind::file});
  profile.settings.chosen.push_back({.path = ".b/settings.json", .format = SeedFile::Format::json, .keys = {"model"}});
  plan.warnings.clear();
  CHECK(plan_settings_files(profile, plan).size() == 2);
  add_chosen_settings(profile, plan);
  CHECK(plan.seed.size() == 1);
  CHECK(std::count_if(plan.warnings.begin(), plan.warnings.end(),
                      [](const auto& text) { return text.starts_with("~/.b is a link"); }) == 1);

  plan.confinement = Confinement::landlock;
  plan.warnings.clear();
  CHECK(plan_settings_files(profile, plan).empty());
  CHECK_THAT(joined(plan.warnings), Contains("are not handed over: without user namespaces"));
}

// Who keeps an agent's settings elsewhere says so by the agent's own variable; they were not handed over, and old ones in the home were.
TEST_CASE("settings that a variable puts elsewhere are taken from there") {
  const Home home;
  const TempDir elsewhere(fs::temp_directory_path());
  write(elsewhere.path() / "NOTES.md", "be verbose\n");
  write(elsewhere.path() / "skills/two/SKILL.md", "two\n");
  write(elsewhere.path() / "skills/two/.env", "x");
  write(elsewhere.path() / ".a.json", R"({"model": "n"})");
  AgentProfile profile;
  profile.name = "a";
  profile.settings = {.files = {notes, skills},
                      .chosen = {{.path = ".a.json", .format = SeedFile::Format::json, .keys = {"model"}}},
                      .moved = {{.variable = "TEST_A_HOME", .places = {{".a", "."}, {".a.json", ".a.json"}}}}};
  const auto planned = [&](const std::string& value) {
    ::setenv("TEST_A_HOME", value.c_str(), 1);
    RunPlan plan;
    plan.label = "a";
    plan.directories.settings = plan_settings_files(profile, plan);
    add_chosen_settings(profile, plan);
    ::unsetenv("TEST_A_HOME");
    return plan;
  };
  const RunPlan plan = planned(elsewhere.path());
  CHECK(plan.warnings.empty());
  REQUIRE(plan.seed.size() == 1);
  CHECK((plan.seed[0].path == ".a.json" && nlohmann::json::parse(plan.seed[0].content)["model"] == "n"));
  const TempDir session(fs::temp_directory_path());
  RecordedProgress progress;
  SharedDirectories shared;
  add_settings(plan, session.path() / "settings", progress, shared);
  REQUIRE(shared.guest.size() == 1);
  CHECK(shared.guest[0].path == ".a/skills");
  CHECK(read_file(shared.host[0].directory / "two/SKILL.md") == "two\n");
  REQUIRE(shared.links.size() == 1);
  CHECK(shared.links[0].path == ".a/NOTES.md");
  CHECK(read_file(session.path() / "settings/files" / flat_name(".a/NOTES.md")) == "be verbose\n");
  CHECK_THAT(joined(progress.notes), Contains("$TEST_A_HOME/skills/two/.env (a secret, by its name)"));

  CHECK(planned("").directories.settings.size() == 2);  // as if it were not set: the home's
  for (const auto* value : {"relative", "/nowhere/at/all"}) {
    const RunPlan nothing = planned(value);
    CHECK(nothing.directories.settings.empty());
    CHECK(nothing.seed.empty());
    CHECK(joined(nothing.warnings) == "TEST_A_HOME names no directory that can be read: a does without your settings in the VM\n");
  }
}

}  // namespace agentbox::settings_copy_test
