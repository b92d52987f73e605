// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "unit/vm/specs.hpp"
#include "vm/qemu/landlock_room.hpp"

namespace agentbox::landlock_room_test {

using agentbox::test::forked_vm;
using agentbox::test::lines;

namespace {

const HostLayout kHost{{}, {{"/bin", "usr/bin"}}, {"/etc/ld.so.cache"}, "/run/resolv.conf"};
const MachineFiles kSession{"/state/sessions/s1", Confinement::landlock};

std::vector<std::string> rules_of(const VmSpec& spec) {
  std::vector<std::string> texts;
  for (const auto& rule : landlock_rules(spec, kSession, kHost)) {
    texts.push_back(to_string(rule));
  }
  return texts;
}

VmSpec wired_vm() {
  VmSpec spec = forked_vm();
  spec.workspace.directory = "/home/u/project";
  spec.network = WireNetwork{};
  return spec;
}

}  // namespace

TEST_CASE("what a fork may open, in full") {
  CHECK(rules_of(wired_vm()) == lines(R"(
run /usr
run /etc/ld.so.cache
write /dev/null
read /dev/urandom
write /data/templates/k1/mem
write_tree /state/sessions/s1
read /data/templates/k1/disk.qcow2
read /data/bases/dev/disk.qcow2
write_tree /home/u/project
)"));
}

TEST_CASE("what a newer QEMU may open for a first boot with KVM and a network, in full") {
  VmSpec spec = wired_vm();
  spec.qemu_version = "10.0.2";
  spec.shape.accelerator = Accelerator::kvm;
  spec.boot = DirectBoot{"/k", "/i", ""};
  spec.ram = SharedRamFile{"/dev/shm/ram"};
  spec.seed_image = "/seed.iso";
  spec.network = UserNetwork{};
  spec.workspace.access = WorkspaceExport::Access::read_only;
  CHECK(rules_of(spec) == lines(R"(
run /usr
run /etc/ld.so.cache
write /dev/null
read /dev/urandom
write /dev/kvm
read /run/resolv.conf
read /k
read /i
write /dev/shm/ram
write_tree /state/sessions/s1
read /data/templates/k1/disk.qcow2
read /data/bases/dev/disk.qcow2
read /seed.iso
read /home/u/project
)"));
}

TEST_CASE("a newer QEMU may only read a template's RAM, and TCP is for QEMU's own network alone") {
  VmSpec spec = wired_vm();
  spec.qemu_version = "10.0.2";
  CHECK(rules_of(spec)[4] == "read /data/templates/k1/mem");
  CHECK(landlock_network(WireNetwork{}) == LandlockNetwork::none);
  CHECK(landlock_network(UserNetwork{NetworkMode::offline}) == LandlockNetwork::internet);
}

}  // namespace agentbox::landlock_room_test
