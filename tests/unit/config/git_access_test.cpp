// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/git_access.hpp"

#include "config/catalog.hpp"
#include "config/loaders.hpp"
#include "support/config_error.hpp"

#include <filesystem>

namespace agentbox::git_access_test {

using namespace agentbox::test;

namespace {

std::string git_error(const std::string& git) {
  return config_error([&] { return parse_policy("credentials: {git: " + git + "}\n", "policies/x.yaml"); });
}

std::string host_error(const std::string& text) {
  return config_error([&] { return parse_git_host(text, "git-hosts/x.yaml"); });
}

GitAccess example() {
  return parse_policy(
             "credentials:\n  git:\n    - host: github.com\n      fetch: [owner/read, lib/*, group/sub/x-*]\n"
             "      push:\n        - {repository: owner/write, branches: [agent/*, fix-1], tags: ['v*']}\n"
             "        - {repository: owner/fork-*, branches: ['*'], delete: true}\n",
             "policies/x.yaml")
      .git.at(0);
}

}  // namespace

TEST_CASE("git in a policy is what its file says") {
  const GitAccess access = example();
  CHECK(access.host == "github.com");
  CHECK(access.fetch.size() == 3);
  CHECK(access.push.at(0) == GitPushRule{.repository = {"owner/write"}, .branches = {"agent/*", "fix-1"}, .tags = {"v*"}});
  CHECK(access.push.at(1).deletion == GitPushRule::Deletion::allowed);
  CHECK(describe(access) ==
        "fetch owner/read; fetch lib/*; fetch group/sub/x-*; push owner/write (agent/*, fix-1, tag v*); push "
        "owner/fork-* (*, deletion too)");
}

TEST_CASE("bad words about git are refused with their place") {
  const std::string place = "policies/x.yaml:1:";
  CHECK(git_error("[{host: github.com}]") == place + "21: no repository is named | write \"fetch\", \"push\" or both");
  CHECK(git_error("[{host: h, fetch: [a/b]}, {host: h, fetch: [a/c]}]") == place + "46: \"h\" stands here twice");
  CHECK(git_error("[{host: h, fetch: [a/b, a/b]}]") == place + "44: \"a/b\" stands here twice");
  CHECK(git_error("[{host: ../h, fetch: [a/b]}]").starts_with(place + "28: \"../h\" is not a name"));
  CHECK(git_error("[{host: h, fetsch: [a/b]}]").starts_with(place + "31: unknown key \"fetsch\""));
  CHECK(git_error("[{host: h, push: [{repository: a/b}]}]") ==
        place + "38: the rule names neither branches nor tags | as in branches: [agent/*]");
  CHECK(git_error("[{host: h, push: [{repository: a/b, branches: [main], delete: maybe}]}]").starts_with(place));
  // A policy that keeps nobody from anything is no policy.
  CHECK(git_error("[{host: h, fetch: ['*/b']}]") ==
        place + "39: \"*/b\" is too wide for a rule | the owner is written out: OWNER/*");
  CHECK(config_error([] {
          return parse_policy("credentials: {mode: direct, git: [{host: h, fetch: [a/b]}]}\n", "policies/x.yaml");
        }) == "policies/x.yaml:1:34: git goes through the broker | say mode: brokered, or leave git out");
  for (const char* repository : {"a", "/a/b", "a/b/", "a//b", "a/..", "a/.b", "a/-b", "a/b.git", "a.git/b", "a/b?c", "a/b c",
                                 "https://github.com/a/b", "a/**", "a/*x*", "a/b%2e", "a/b:c", "a/b/c/d/e/f/g/h/i"}) {
    INFO(repository);
    CHECK(git_error("[{host: h, fetch: ['" + std::string(repository) + "']}]").starts_with(place + "39: "));
  }
  for (const char* branch : {"refs/heads/main", "a..b", "/a", "a/", "a//b", ".a", "a.lock", "a b", "a~1", "a^", "a:b",
                             "a?", "a[b", "a\\b", "-a", "@", "a@{b", "a."}) {
    INFO(branch);
    CHECK(git_error("[{host: h, push: [{repository: a/b, branches: ['" + std::string(branch) + "']}]}]")
              .starts_with(place + "67: "));
  }
}

TEST_CASE("what may be fetched and pushed") {
  const GitAccess access = example();
  for (const char* repository : {"owner/read", "lib/x", "lib/x.y", "group/sub/x-1", "owner/write", "owner/fork-2"})
    CHECK(may_fetch(access, repository));
  // Names that only look alike: a prefix, a suffix, another case, another depth.
  for (const char* repository : {"owner/read2", "owner/rea", "xowner/read", "Owner/read", "owner/Read", "owner/read/sub",
                                 "lib", "lib/x/y", "group/x-1", "group/sub/x-", "owner/fork-", "owner/read.wiki"})
    CHECK_FALSE(may_fetch(access, repository));
  CHECK(may_push(access, "owner/write"));
  CHECK_FALSE(may_push(access, "owner/read"));
  CHECK(pushable_refs(access, "owner/write") == "refs/heads/agent/*, refs/heads/fix-1, refs/tags/v*");
  CHECK(pushable_refs(access, "owner/read").empty());
}

TEST_CASE("which refs may be changed") {
  const GitAccess access = example();
  const auto update = [&](const char* ref) { return may_change(access, "owner/write", ref, RefChange::update); };
  CHECK(update("refs/heads/agent/x"));
  CHECK(update("refs/heads/agent/x/y"));  // as in git's own refspecs
  CHECK(update("refs/heads/fix-1"));
  CHECK(update("refs/tags/v1.2"));
  for (const char* ref :
       {"refs/heads/main", "refs/heads/agent", "refs/heads/agent/", "refs/heads/fix-10", "refs/heads/Fix-1", "refs/tags/x",
        "refs/heads/v1", "refs/tags/agent/x", "refs/for/agent/x", "refs/heads/../heads/agent/x", "refs/heads/agent/../main",
        "refs/heads//agent/x", "refs/heads/refs/heads/agent/x", "HEAD", "agent/x", "refs/pull/1/head", "refs/heads/agent/x.lock",
        "refs/heads/agent/x y", "refs/heads/agent/\xc3\xa9", "refs/notes/agent/x"}) {
    INFO(ref);
    CHECK_FALSE(update(ref));
  }
  CHECK_FALSE(may_change(access, "owner/write", "refs/heads/agent/x", RefChange::deletion));
  CHECK(may_change(access, "owner/fork-1", "refs/heads/main", RefChange::deletion));
  CHECK_FALSE(may_change(access, "owner/fork-1", "refs/tags/v1", RefChange::update));
  CHECK_FALSE(may_change(access, "owner/read", "refs/heads/agent/x", RefChange::update));
}

TEST_CASE("git hosts are what their files say") {
  const std::filesystem::path shipped = AGENTBOX_SOURCE_DIR;
  const Catalog catalog(shipped / "no-such-directory", shipped);
  CHECK(catalog.git_host_names() == std::vector<std::string>{"github.com", "gitlab.com"});
  for (const std::string& name : catalog.git_host_names()) {
    const GitHost host = catalog.git_host(name);
    CHECK(host.upstream == "https://" + name);
    CHECK(host.urls.front() == "https://" + name + "/");
    for (const KeyVariable& key : host.keys) CHECK_FALSE(key.help.empty());
  }
  CHECK(catalog.git_host("github.com").keys.at(1).name == "GITHUB_TOKEN");
  CHECK(catalog.git_host("gitlab.com").user == "oauth2");
  const std::filesystem::path example_file = shipped / "agents/git-hosts/examples/EXAMPLE.yaml";
  CHECK(parse_git_host(read_definition(example_file), example_file).keys.size() == 2);
}

TEST_CASE("bad git hosts are refused with their place") {
  const std::string begin = "upstream: https://h\nuser: u\n";
  CHECK(host_error(begin + "keys: [T]\nurls: []\n") ==
        "git-hosts/x.yaml:1:1: the service has no \"urls\", so git would never be led to it");
  CHECK(host_error(begin + "keys: []\nurls: [https://h/]\n") ==
        "git-hosts/x.yaml:3:7: no variable is named, so no token can be found");
  // Without its end "https://h" would be the beginning of https://h.evil.example/, too.
  CHECK(host_error(begin + "keys: [T]\nurls: [https://h]\n").starts_with("git-hosts/x.yaml:4:8: \"https://h\" is not what"));
  CHECK(host_error(begin + "keys: [T]\nurls: [https://]\n").starts_with("git-hosts/x.yaml:4:8: "));
  CHECK(host_error(begin + "keys: [PATH]\nurls: [https://h/]\n").starts_with("git-hosts/x.yaml:3:8: "));
  CHECK(host_error("upstream: https://h\nuser: 'a:b'\nkeys: [T]\nurls: [https://h/]\n")
            .starts_with("git-hosts/x.yaml:2:7: \"a:b\" is not the name of a user"));
  CHECK(host_error("upstream: ssh://h\n").starts_with("git-hosts/x.yaml:1:11: "));
}

}  // namespace agentbox::git_access_test
