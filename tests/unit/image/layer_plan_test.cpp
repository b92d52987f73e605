// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/layer_plan.hpp"

#include "core/error.hpp"
#include "image/base/provision.hpp"
#include "support/catch.hpp"
#include "support/image_support.hpp"

namespace agentbox::layer_plan_test {

using namespace agentbox::test;

using Strings = std::vector<std::string>;

namespace {

/// debian <- tools <- with-hello (an agent) <- on-top
class Family : public Definitions {
 public:
  Family() {
    agent("hello", "command: [hello]\nkey-required: false\ninstall: [make hello]\nverify: [hello, --version]\n");
    agent("other", "command: [other]\nkey-required: false\n");
    base("debian", "debian: {release: trixie}\npackages: [openssh-server, linux-image-amd64]\n"
                   "files:\n  - {path: /etc/motd, content: root}\n");
    base("tools", "from: debian\npackages: [git, curl]\nfiles:\n  - {path: /etc/motd, content: tools}\n");
    base("with-hello", "from: tools\nagents: [hello]\n");
    base("on-top", "from: with-hello\npackages: [jq]\nagents: [other]\nfiles:\n  - {path: /etc/x, content: x}\n");
  }
  [[nodiscard]] LayerPlan plan(const std::string& name) const { return plan_layer(catalog(), name); }
  [[nodiscard]] std::string digest(const std::string& name) const { return plan(name).digest; }
};

Strings paths(const LayerPlan& plan) {
  Strings list;
  for (const auto& file : plan.files) {
    list.push_back(file.path + "=" + file.content.value_or(""));
  }
  return list;
}

}  // namespace

TEST_CASE("definitions of packages and files fold into one root") {
  const Family family;
  const LayerPlan plan = family.plan("tools");
  const auto& root = std::get<DebianRoot>(plan.root);
  CHECK(root.release == "trixie");
  CHECK(root.packages == Strings{"curl", "git", "linux-image-amd64", "openssh-server"});
  CHECK(paths(plan) == Strings{"/etc/motd=root", "/etc/motd=tools"});  // the later one wins when unpacked
  CHECK(plan.packages.empty());
  CHECK_FALSE(plan.needs_provisioning());
}

TEST_CASE("a layer that only adds agents is an overlay on its parent") {
  const Family family;
  const LayerPlan plan = family.plan("with-hello");
  CHECK(std::get<ParentBase>(plan.root).name == "tools");
  REQUIRE(plan.agents.size() == 1);
  CHECK(plan.agents[0].name == "hello");
  CHECK(plan.files.empty());
  CHECK(plan.all_agents == Strings{"hello"});
  CHECK(plan.needs_provisioning());
}

TEST_CASE("a derived layer is one, too") {
  const Family family;
  const LayerPlan plan = family.plan("tools+hello");
  CHECK(plan.name == "tools+hello");
  CHECK(std::get<ParentBase>(plan.root).name == "tools");
  CHECK(plan.all_agents == Strings{"hello"});
}

TEST_CASE("packages on top of agents are installed in the VM") {
  const Family family;
  const LayerPlan plan = family.plan("on-top");
  CHECK(std::get<ParentBase>(plan.root).name == "with-hello");
  CHECK(plan.packages == Strings{"jq"});
  CHECK(paths(plan) == Strings{"/etc/x=x"});
  CHECK(plan.all_agents == Strings{"hello", "other"});  // its own are the second alone
  CHECK(plan.agents.size() == 1);
}

TEST_CASE("packages together with agents fold their packages") {
  const Family family;
  family.base("both", "from: tools\npackages: [jq]\nagents: [hello]\nprovision:\n  - {name: a, run: b}\n");
  const LayerPlan plan = family.plan("both");
  const auto& root = std::get<DebianRoot>(plan.root);
  CHECK(root.packages == Strings{"curl", "git", "jq", "linux-image-amd64", "openssh-server"});
  CHECK(plan.agents.size() == 1);
  CHECK(plan.steps.size() == 1);
  CHECK(plan.needs_provisioning());
}

TEST_CASE("a step in the chain ends the folding") {
  // What a parent's step did would be lost if its child started from packages again.
  const Family family;
  family.base("stepped", "from: debian\nprovision:\n  - {name: a, run: touch /a}\n");
  family.base("child", "from: stepped\npackages: [jq]\n");
  const LayerPlan plan = family.plan("child");
  CHECK(std::get<ParentBase>(plan.root).name == "stepped");
  CHECK(plan.packages == Strings{"jq"});
}

TEST_CASE("a cloud image is a root of its own, and is always booted") {
  const Family family;
  const std::string digest(128, 'a');
  family.base("vendor", "cloud-image: {url: \"https://example.org/a.qcow2\", sha512: " + digest + "}\npackages: [jq]\n");
  family.base("vendor-child", "from: vendor\npackages: [git]\n");
  const LayerPlan plan = family.plan("vendor");
  CHECK(std::get<CloudRoot>(plan.root).image.sha512 == digest);
  CHECK(plan.packages == Strings{"jq"});
  CHECK(plan.needs_provisioning());
  CHECK(std::get<ParentBase>(family.plan("vendor-child").root).name == "vendor");
}

TEST_CASE("the size is the nearest one in the chain, the user the root's") {
  const Family family;
  family.base("small", "debian: {release: trixie}\npackages: [aa]\nsize: 8G\nuser: me\n");
  family.base("middle", "from: small\npackages: [bb]\n");
  family.base("large", "from: middle\npackages: [cc]\nsize: 40G\n");
  CHECK(family.plan("middle").size == ByteSize::gibibytes(8));
  CHECK(family.plan("large").size == ByteSize::gibibytes(40));
  CHECK(family.plan("large").user == "me");
  CHECK(family.plan("tools").size == ByteSize::gibibytes(20));
}

TEST_CASE("the digest stays the same as long as nothing changes") {
  CHECK(Family().digest("on-top") == Family().digest("on-top"));
  CHECK(Family().digest("tools").size() == 64);
}

TEST_CASE("a description is not part of the digest") {
  const Family family;
  const std::string before = family.digest("tools");
  family.base("tools", "description: Better words\nfrom: debian\npackages: [git, curl]\nfiles:\n  - {path: /etc/motd, content: tools}\n");
  CHECK(family.digest("tools") == before);
}

TEST_CASE("a change anywhere in the chain changes the digest of all above") {
  const Family family;
  const std::string top = family.digest("on-top");
  const std::string tools = family.digest("tools");
  const auto change = GENERATE(
      "debian: {release: bookworm}\npackages: [openssh-server, linux-image-amd64]\nfiles:\n  - {path: /etc/motd, content: root}\n",
      "debian: {release: trixie}\npackages: [openssh-server]\nfiles:\n  - {path: /etc/motd, content: root}\n",
      "debian: {release: trixie}\npackages: [openssh-server, linux-image-amd64]\nfiles:\n  - {path: /etc/motd, content: other}\n",
      "debian: {release: trixie}\npackages: [openssh-server, linux-image-amd64]\n"
      "files:\n  - {path: /etc/motd, content: root, mode: \"0600\"}\n",
      "debian: {release: trixie}\npackages: [openssh-server, linux-image-amd64]\n"
      "files:\n  - {path: /etc/motd, content: root, owner: user}\n",
      "debian: {release: trixie}\npackages: [openssh-server, linux-image-amd64]\nfiles:\n  - {path: /etc/motd, content: root}\nsize: 9G\n",
      "debian: {release: trixie}\npackages: [openssh-server, linux-image-amd64]\nfiles:\n  - {path: /etc/motd, content: root}\nuser: me\n");
  CAPTURE(change);
  family.base("debian", change);
  CHECK(family.digest("tools") != tools);
  CHECK(family.digest("on-top") != top);
}

TEST_CASE("how an agent is installed and checked is part of the digest") {
  const Family family;
  const std::string tools = family.digest("tools");
  const std::string before = family.digest("with-hello");
  family.agent("hello", "command: [hello]\nkey-required: false\ninstall: [make hello]\nverify: [hello, --help]\n");
  const std::string verified = family.digest("with-hello");
  CHECK(verified != before);
  family.agent("hello", "command: [hello]\nkey-required: false\ninstall: [make install]\nverify: [hello, --help]\n");
  CHECK(family.digest("with-hello") != verified);
  CHECK(family.digest("tools") == tools);
}

TEST_CASE("the content of a source file is part of the digest") {
  const Family family;
  family.write("base-images/data.bin", std::string("\xff\x00 one", 6));
  family.base("sourced", "debian: {release: trixie}\npackages: [aa]\nfiles:\n  - {path: /data, source: data.bin}\n");
  const std::string before = family.digest("sourced");
  family.write("base-images/data.bin", std::string("\xff\x00 two", 6));
  CHECK(family.digest("sourced") != before);
}

// After an upgrade, images that an older setup.sh had made were taken for current.
TEST_CASE("what sets a guest up is part of the digest") {
  const Family family;
  const std::string debian = family.digest("debian");
  const std::string on_top = family.digest("on-top");
  family.write("base-images/guest/setup.sh", "true\n");
  CHECK(family.digest("debian") != debian);
  CHECK(family.digest("on-top") != on_top);
}

TEST_CASE("the version is found in what an agent says of itself") {
  CHECK(find_version("codex-cli 0.171.0") == "0.171.0");
  CHECK(find_version("2.1.332 (Claude Code)") == "2.1.332");
  CHECK(find_version("GitHub Copilot CLI 1.0.102.\nRun 'copilot update'") == "1.0.102");
  CHECK(find_version("[cline] Node 20.20.2 cannot read\n3.0.65") == "3.0.65");
  CHECK(find_version("v1.2.3") == "1.2.3");
  CHECK(find_version("0.0.1790142911-g7618fb (released 2026-09-23T05:55:11.000Z, 2mo ago)") == "0.0.1790142911-g7618fb");
  CHECK(find_version("\x1b[31m1.2;reboot").empty());
  CHECK(find_version("no version, 7 words in all.").empty());
  CHECK(find_version("").empty());
}

}  // namespace agentbox::layer_plan_test
