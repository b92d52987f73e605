// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/key_sources.hpp"

#include "core/error.hpp"
#include "session/credentials.hpp"
#include "support/catch.hpp"
#include "sys/temp_dir.hpp"

#include <cstdlib>

namespace agentbox::key_sources_test {

namespace fs = std::filesystem;

namespace {

struct Host {
  TempDir dir{"/tmp"};
  fs::path project = dir.path() / "project";
  SecretStore store{dir.path() / "secrets"};
  std::vector<KeyCommand> commands;

  Host() {
    ::unsetenv("A_KEY");
    ::unsetenv("B_KEY");
    fs::create_directory(project);
  }
  ~Host() { ::unsetenv("A_KEY"); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  void keep(const SecretId& id, const std::string& value) { store.set(id, SecretText(value), SecretStoreChoice::file); }
  void command(const SecretId& id, const std::string& value) {
    commands.push_back({.id = id, .command = {"sh", "-c", "touch '" + (dir.path() / "ran").string() + "'; echo " + value}});
  }
  [[nodiscard]] bool command_ran() const { return fs::exists(dir.path() / "ran"); }
  [[nodiscard]] KeySources sources() const { return {commands, store}; }
  /// What claude gets in the project for A_KEY; "-" when there is nothing.
  [[nodiscard]] std::string get(const SecretScope& place) const {
    const KeySources all = sources();
    const auto origin = all.locate("A_KEY", place);
    return origin ? std::string(all.fetch(*origin).view()) : "-";
  }
  [[nodiscard]] std::vector<std::string> located(const AgentProfile& profile) const {
    std::vector<std::string> texts;
    for (const KeyOrigin& origin : locate_keys(profile.keys, {.agent = profile.name, .project = project}, sources()))
      texts.push_back(origin.id.name + " from " + describe(origin));
    return texts;
  }
};

AgentProfile agent_with_two_keys() {
  AgentProfile profile;
  profile.name = "claude";
  profile.keys = {{.name = "A_KEY", .help = {}, .provider = {}, .credential = {}},
                  {.name = "B_KEY", .help = {}, .provider = {}, .credential = {}}};
  return profile;
}

}  // namespace

TEST_CASE("the environment comes first, then the most specific scope, and in a scope a command") {
  Host host;
  const SecretScope here{"claude", host.project};
  CHECK(host.get(here) == "-");
  // From the weakest on; each must win over all before it.
  host.keep({"A_KEY", {}}, "everywhere");
  CHECK(host.get(here) == "everywhere");
  host.command({"A_KEY", {}}, "everywhere-by-command");
  CHECK(host.get(here) == "everywhere-by-command");
  host.keep({"A_KEY", {"claude", ""}}, "agent");
  CHECK(host.get(here) == "agent");
  host.command({"A_KEY", {"claude", ""}}, "agent-by-command");
  CHECK(host.get(here) == "agent-by-command");
  host.keep({"A_KEY", {"", host.project}}, "project");
  CHECK(host.get(here) == "project");
  host.command({"A_KEY", {"", host.project}}, "project-by-command");
  CHECK(host.get(here) == "project-by-command");
  host.keep({"A_KEY", {"claude", host.project}}, "both");
  CHECK(host.get(here) == "both");
  host.command({"A_KEY", {"claude", host.project}}, "both-by-command");
  CHECK(host.get(here) == "both-by-command");
  ::setenv("A_KEY", "from-environment", 1);
  CHECK(host.get(here) == "from-environment");
  ::setenv("A_KEY", "", 1);  // set to nothing is not set
  CHECK(host.get(here) == "both-by-command");

  CHECK(host.get({"codex", host.project}) == "project-by-command");
  CHECK(host.get({"claude", host.dir.path()}) == "agent-by-command");
  CHECK(host.get({"", ""}) == "everywhere-by-command");
}

TEST_CASE("a project in config.yaml may be named through a link") {
  Host host;
  fs::create_symlink(host.project, host.dir.path() / "link");
  host.command({"A_KEY", {"", host.dir.path() / "link"}}, "by-link");
  CHECK(host.get({"claude", host.project}) == "by-link");
  CHECK(host.get({"claude", host.dir.path()}) == "-");
}

TEST_CASE("to look where a key is runs nothing, and only the key that is used is fetched") {
  Host host;
  host.command({"A_KEY", {}}, "FAKE");
  CHECK(host.located(agent_with_two_keys()).size() == 1);
  CHECK_FALSE(host.command_ran());
  ::setenv("A_KEY", "from-environment", 1);
  CHECK(host.get({}) == "from-environment");
  CHECK_FALSE(host.command_ran());
}

TEST_CASE("of an agent's keys the most specific one comes first, and the environment stands alone") {
  Host host;
  host.keep({"A_KEY", {}}, "1");
  host.keep({"B_KEY", {"", host.project}}, "2");
  const std::string place = host.project.string();
  CHECK(host.located(agent_with_two_keys()) ==
        std::vector<std::string>{"B_KEY from a file, for " + place, "A_KEY from a file"});
  ::setenv("A_KEY", "3", 1);
  CHECK(host.located(agent_with_two_keys()) == std::vector<std::string>{"A_KEY from the environment"});
}

TEST_CASE("a key that is there and cannot be had is an error, not a reason to take another one") {
  // The other one may be another account's, and nobody would notice before the bill.
  Host host;
  host.keep({"A_KEY", {}}, "everywhere");
  host.commands.push_back({.id = {"A_KEY", {"claude", ""}}, .command = {"false"}});
  CHECK_THROWS_AS(host.get({"claude", ""}), Error);
  CHECK(host.get({"codex", ""}) == "everywhere");
  host.keep({"A_KEY", {"codex", ""}}, "agent");
  fs::permissions(fs::directory_iterator(host.dir.path() / "secrets/scoped")->path() / "A_KEY", fs::perms(0644));
  CHECK_THROWS_AS(host.get({"codex", ""}), Error);
}

}  // namespace agentbox::key_sources_test
