// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/base_image_chain.hpp"

#include "support/config_error.hpp"

#include <map>

namespace agentbox::base_image_chain_test {

using namespace agentbox::test;

namespace {

/// The definitions of one test, by name, as the text of their files.
using Definitions = std::map<std::string, std::string>;

BaseImage resolve(const Definitions& definitions, const std::string& name) {
  const auto load = [&](const std::string& plain_name) {
    const auto found = definitions.find(plain_name);
    if (found == definitions.end()) throw Error(ErrorKind::usage, "unknown base image \"" + plain_name + "\"");
    return parse_base_image(found->second, plain_name + ".yaml");
  };
  const auto check_agent = [](const std::string& agent) {
    if (agent != "claude" && agent != "codex" && agent != "gemini")
      throw Error(ErrorKind::usage, "unknown agent \"" + agent + "\"");
  };
  return resolve_base_image(name, load, check_agent);
}

std::string error_of(const Definitions& definitions, const std::string& name) {
  return config_error([&] { return resolve(definitions, name); });
}

const std::string root = "debian: {release: trixie}\n";

}  // namespace

TEST_CASE("a layer has the user of its root, through any number of layers") {
  const Definitions definitions{
      {"root", root + "user: me\n"}, {"mid", "from: root\n"}, {"top", "from: mid\nuser: me\n"}};
  CHECK(resolve(definitions, "mid").user == "me");
  const BaseImage top = resolve(definitions, "top");
  CHECK(top.user == "me");
  CHECK(top.from == "mid");
}

TEST_CASE("a derived name is a layer with these agents") {
  const Definitions definitions{{"root", root + "user: me\n"}, {"dev", "from: root\npackages: [git]\n"}};
  const BaseImage image = resolve(definitions, "dev+claude+codex");
  CHECK(image.name == "dev+claude+codex");
  CHECK(image.from == "dev");
  CHECK(image.agents == std::vector<std::string>{"claude", "codex"});
  CHECK(image.user == "me");
  CHECK(image.definition == "dev.yaml");
  CHECK(image.packages.empty());  // those are in dev
  CHECK_FALSE(image.debian);
}

TEST_CASE("the order of agents in a derived name makes no other image") {
  const Definitions definitions{{"dev", root}};
  CHECK(resolve(definitions, "dev+gemini+claude+gemini").name == "dev+claude+gemini");
  const Definitions child{{"dev", root}, {"mine", "from: dev+gemini+claude\n"}};
  CHECK(resolve(child, "mine").from == "dev+claude+gemini");
}

TEST_CASE("unknown names: the command line's are errors of usage, a file's are errors in that file") {
  const Definitions definitions{{"dev", root},
                                {"orphan", "from: nobody\n"},
                                {"odd", "from: dev\nagents: [claude, clod]\n"},
                                {"odd2", "from: dev+clod\n"}};
  for (const std::string name : {"nobody", "dev+clod", "dev+", "+claude", "", "+", "dev++claude"}) {
    INFO(name);
    try {
      resolve(definitions, name);
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
    }
  }
  CHECK(error_of(definitions, "orphan") == "orphan.yaml:1:7: unknown base image \"nobody\"");
  CHECK(error_of(definitions, "odd") == "odd.yaml:2:18: unknown agent \"clod\"");
  CHECK(error_of(definitions, "odd2") == "odd2.yaml:1:7: unknown agent \"clod\"");
}

TEST_CASE("a circle of parents is found wherever one enters it") {
  const Definitions definitions{{"self", "from: self\n"},
                                {"a", "from: b\n"},
                                {"b", "from: c+claude\n"},
                                {"c", "from: a\n"},
                                {"outside", "from: a\n"}};
  CHECK(error_of(definitions, "self") == "self.yaml:1:7: the base images form a circle: self -> self");
  CHECK(error_of(definitions, "a") == "c.yaml:1:7: the base images form a circle: a -> b -> c -> a");
  CHECK(error_of(definitions, "outside") == "c.yaml:1:7: the base images form a circle: a -> b -> c -> a");
  CHECK(error_of(definitions, "a+codex") == "c.yaml:1:7: the base images form a circle: a -> b -> c -> a");
}

TEST_CASE("another user than the parent's is an error where it stands") {
  const Definitions definitions{{"root", root}, {"top", "from: root\nuser: other\n"}};
  CHECK(error_of(definitions, "top") ==
        "top.yaml:2:7: the user is \"other\", but that of \"root\" is \"agent\" | leave "
        "the key out: a layer has the user of its parent");
}

}  // namespace agentbox::base_image_chain_test
