// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/catalog.hpp"

#include "core/error.hpp"
#include "support/config_error.hpp"
#include "sys/temp_dir.hpp"

#include <sys/stat.h>

#include <fstream>

namespace agentbox::catalog_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

namespace {

/// A user's and a shipped directory on a real file system.
class Directories {
 public:
  void write(const std::string& name, std::string_view text) const {
    const fs::path file = path(name);
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  [[nodiscard]] fs::path path(const std::string& name) const { return directory_.path() / name; }
  [[nodiscard]] Catalog catalog() const { return Catalog(path("user"), path("shipped")); }

 private:
  TempDir directory_{fs::temp_directory_path(), "config"};
};

std::string usage_error(const Catalog& catalog, const std::string& agent) {
  try {
    static_cast<void>(catalog.agent(agent));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::usage) return error.what() + (" | " + error.hint());
  }
  return "no error of usage";
}

const std::string smallest_agent = "command: [x]\nkey-required: false\n";

}  // namespace

TEST_CASE("a user's definition hides the shipped one of the same name") {
  const Directories directories;
  directories.write("shipped/policies/a.yaml", "description: shipped a\n");
  directories.write("shipped/policies/b.yaml", "description: shipped b\n");
  directories.write("user/policies/a.yaml", "description: my a\n");
  directories.write("user/policies/c.yaml", "description: my c\n");
  const Catalog catalog = directories.catalog();
  CHECK(catalog.policy_names() == std::vector<std::string>{"a", "b", "c"});
  CHECK(catalog.policy("a").description == "my a");
  CHECK(catalog.policy("a").source == directories.path("user/policies/a.yaml"));
  CHECK(catalog.policy("b").description == "shipped b");
  CHECK(catalog.policy("c").description == "my c");
}

TEST_CASE("a broken definition of the user does not fall back to the shipped one") {
  const Directories directories;
  directories.write("shipped/policies/a.yaml", "network: {mode: open}\n");
  directories.write("user/policies/a.yaml", "netwrok: {mode: offline}\n");
  const std::string message = config_error([&] { return directories.catalog().policy("a"); });
  CHECK(message.find("user/policies/a.yaml:1:1: unknown key \"netwrok\"") != std::string::npos);
}

TEST_CASE("directories that are not there are empty") {
  const Directories directories;
  CHECK(directories.catalog().agent_names().empty());
  CHECK(directories.catalog().user_config().policy == "trusted");
  CHECK(usage_error(directories.catalog(), "claude") == "unknown agent \"claude\" | none is installed");
}

TEST_CASE("an unknown name is answered with the known ones") {
  const Directories directories;
  directories.write("shipped/agents/claude.yaml", smallest_agent);
  directories.write("user/agents/mine.yaml", smallest_agent);
  CHECK(usage_error(directories.catalog(), "cluade") ==
        "unknown agent \"cluade\" | did you mean \"claude\"? known: claude, mine");
  CHECK(usage_error(directories.catalog(), "zzzzzzzz") == "unknown agent \"zzzzzzzz\" | known: claude, mine");
}

TEST_CASE("a name from the command line cannot leave the folder") {
  const Directories directories;
  directories.write("shipped/agents/claude.yaml", smallest_agent);
  directories.write("shipped/secret.yaml", smallest_agent);
  directories.write("shipped/agents/sub/x.yaml", smallest_agent);
  const std::string absolute = directories.path("shipped/secret").string();
  for (const std::string& name : {std::string("../secret"), std::string("sub/x"), absolute, std::string("."),
                                  std::string(), std::string("claude\0", 7), std::string(5000, 'a')}) {
    INFO(name);
    CHECK(usage_error(directories.catalog(), name).starts_with("unknown agent \""));
  }
}

TEST_CASE("only plain files called NAME.yaml are definitions") {
  const Directories directories;
  for (const std::string name : {"good", "Bad", "a+b", ".hidden", "bad name"})
    directories.write("user/agents/" + name + ".yaml", smallest_agent);
  directories.write("user/agents/README.md", "# x\n");
  directories.write("user/agents/other.yml", smallest_agent);
  directories.write("user/agents/folder.yaml/x", "");
  fs::create_symlink(directories.path("user/agents/good.yaml"), directories.path("user/agents/link.yaml"));
  fs::create_symlink(directories.path("nowhere"), directories.path("user/agents/dangling.yaml"));
  CHECK(directories.catalog().agent_names() == std::vector<std::string>{"good", "link"});
  CHECK(directories.catalog().agent("link").command == std::vector<std::string>{"x"});
}

TEST_CASE("a fifo, a folder or a giant in a definition's place is refused, not read") {
  const Directories directories;
  directories.write("user/agents/keep", "");
  REQUIRE(::mkfifo(directories.path("user/agents/fifo.yaml").c_str(), 0600) == 0);
  fs::create_directory(directories.path("user/agents/folder.yaml"));
  directories.write("user/agents/giant.yaml", "");
  fs::resize_file(directories.path("user/agents/giant.yaml"), std::uintmax_t{1} << 40U);  // sparse
  const Catalog catalog = directories.catalog();
  for (const std::string name : {"fifo", "folder"}) {
    const std::string message = config_error([&] { return catalog.agent(name); });
    CHECK(message.ends_with(name + ".yaml:1:1: this is not a readable regular file"));
  }
  CHECK(config_error([&] {
          return catalog.agent("giant");
        }).ends_with("giant.yaml:1:1: the file has 1099511627776 bytes, more than 262144"));
}

TEST_CASE("base images are looked up across both directories") {
  const Directories directories;
  directories.write("shipped/base-images/root.yaml", "debian: {release: trixie}\nuser: me\n");
  directories.write("user/base-images/mine.yaml", "from: root\nagents: [claude]\n");
  directories.write("shipped/agents/claude.yaml", smallest_agent);
  const Catalog catalog = directories.catalog();
  CHECK(catalog.base_image("mine").user == "me");
  CHECK(catalog.base_image("mine+claude").from == "mine");
  directories.write("user/base-images/bad.yaml", "from: root\nagents: [cluade]\n");
  CHECK(config_error([&] {
          return catalog.base_image("bad");
        }).ends_with("bad.yaml:2:10: unknown agent \"cluade\" | did you mean \"claude\"? known: claude"));
}

TEST_CASE("the user's config.yaml is read from the user's directory alone") {
  const Directories directories;
  directories.write("shipped/config.yaml", "policy: wrong\n");
  CHECK(directories.catalog().user_config().policy == "trusted");
  directories.write("user/config.yaml", "policy: dirty\n");
  CHECK(directories.catalog().user_config().policy == "dirty");
}

TEST_CASE("config.yaml says which version of an agent is installed") {
  const Directories directories;
  directories.write("shipped/agents/x.yaml", smallest_agent + "verify: [x]\ninstall: [\"get x@{version}\"]\n");
  directories.write("shipped/agents/y.yaml", smallest_agent + "verify: [y]\ninstall: [get y]\n");
  CHECK(directories.catalog().agent("x").version == "latest");
  directories.write("user/config.yaml", "agent-versions: {x: 1.2.3}\n");
  CHECK(install_steps(directories.catalog().agent("x")) == std::vector<std::string>{"get x@1.2.3"});
  CHECK(directories.catalog().agent("y").version == "latest");
  directories.write("user/config.yaml", "agent-versions: {y: 1.2.3}\n");
  CHECK(config_error([&] { return directories.catalog().agent("y"); }).starts_with(
      "config.yaml asks for version 1.2.3 of y, whose installer takes none"));
}

}  // namespace agentbox::catalog_test
