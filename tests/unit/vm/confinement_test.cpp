// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/confinement.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/vm/specs.hpp"

#include <algorithm>

namespace agentbox::confinement_test {

using agentbox::test::forked_vm;
using agentbox::test::lines;

namespace {

const HostLayout kMergedUsr{"/usr/bin/bwrap", {{"/bin", "usr/bin"}, {"/lib64", "usr/lib64"}}, {"/etc/ld.so.cache"}};
const MachineFiles kSession{"/state/sessions/s1", Confinement::bubblewrap};

bool holds(const std::vector<std::string>& argv, const std::vector<std::string>& part) {
  return !std::ranges::search(argv, part).empty();
}

VmSpec host_vm() {
  VmSpec spec = forked_vm();
  spec.workspace.directory = "/home/u/pro,ject=x";
  return spec;
}

}  // namespace

// The attack: .git is moved away, and another put in its place. What is mounted upon stays.
TEST_CASE("shields are mounted over what they keep, from the host's own files") {
  VmSpec spec = host_vm();
  spec.nothing = "/state/sessions/s1/nothing";
  spec.workspace.shields = {{".git", Shield::Kind::in_place},
                            {".git/config", Shield::Kind::read_only},
                            {".env", Shield::Kind::empty_file},
                            {"private", Shield::Kind::empty_directory}};
  const auto argv = confine(spec, kSession, kMergedUsr, {4, 5}).argv;
  CHECK(holds(argv, {"--bind", "/home/u/pro,ject=x", "/workspace", "--bind-try", "/home/u/pro,ject=x/.git", "/workspace/.git",
                     "--ro-bind-try", "/home/u/pro,ject=x/.git/config", "/workspace/.git/config", "--ro-bind-try",
                     "/state/sessions/s1/nothing/file", "/workspace/.env", "--ro-bind-try", "/state/sessions/s1/nothing/directory",
                     "/workspace/private"}));
}

TEST_CASE("the room of a fork, in full") {
  const ConfinedVm vm = confine(host_vm(), kSession, kMergedUsr, {4, 5});
  CHECK(vm.argv == lines(R"(
/usr/bin/bwrap
--info-fd
4
--seccomp
5
--unshare-user
--uid
1000
--gid
1000
--unshare-pid
--unshare-ipc
--unshare-uts
--unshare-cgroup-try
--new-session
--cap-drop
ALL
--die-with-parent
--clearenv
--setenv
PATH
/usr/bin:/bin
--setenv
MALLOC_ARENA_MAX
1
--ro-bind
/usr
/usr
--symlink
usr/bin
/bin
--symlink
usr/lib64
/lib64
--proc
/proc
--dev
/dev
--tmpfs
/tmp
--ro-bind
/etc/ld.so.cache
/etc/ld.so.cache
--ro-bind-try
/etc/resolv.conf
/etc/resolv.conf
--bind
/data/templates/k1/mem
/ram
--bind
/state/sessions/s1
/session
--ro-bind
/data/templates/k1/disk.qcow2
/disk/1
--ro-bind
/data/bases/dev/disk.qcow2
/disk/2
--bind
/home/u/pro,ject=x
/workspace
--dir
/directories
--remount-ro
/dev
--remount-ro
/
--chdir
/session
--
)"));
  CHECK(std::get<PrivateRamFile>(vm.spec.ram).path == "/ram");
  CHECK(vm.spec.disk[0].path == "/session/disk.qcow2");
  CHECK(vm.spec.disk[1].path == "/disk/1");
  CHECK(vm.spec.disk[2].path == "/disk/2");
  CHECK(vm.spec.workspace.directory == "/workspace");
}

TEST_CASE("no host path is left in QEMU's own arguments") {
  VmSpec spec = host_vm();
  spec.boot = DirectBoot{"/data/k", "/data/i", "quiet"};
  spec.seed_image = "/data/seed.iso";
  spec.console_log = "/state/sessions/s1/console.log";
  for (const auto& argument : qemu_arguments(confine(spec, kSession, kMergedUsr, {4, 5}).spec)) {
    CHECK(argument.find("/data") == std::string::npos);
    CHECK(argument.find("/state") == std::string::npos);
    CHECK(argument.find("/home") == std::string::npos);
  }
}

TEST_CASE("what may be written to is what must be written to") {
  VmSpec spec = host_vm();
  SECTION("a read-only workspace is read-only for the kernel, not only for QEMU") {
    spec.workspace.access = WorkspaceExport::Access::read_only;
    CHECK(holds(confine(spec, kSession, kMergedUsr, {4, 5}).argv, {"--ro-bind", "/home/u/pro,ject=x", "/workspace"}));
  }
  SECTION("a newer QEMU gets the template's RAM read-only") {
    spec.qemu_version = "10.0.2";
    CHECK(holds(confine(spec, kSession, kMergedUsr, {4, 5}).argv, {"--ro-bind", "/data/templates/k1/mem", "/ram"}));
  }
  SECTION("a template's RAM is written while it is made") {
    spec.ram = SharedRamFile{"/dev/shm/ram"};
    CHECK(holds(confine(spec, kSession, kMergedUsr, {4, 5}).argv, {"--bind", "/dev/shm/ram", "/ram"}));
  }
  SECTION("kernel, initrd and seed") {
    spec.boot = DirectBoot{"/k", "/i", ""};
    spec.seed_image = "/s";
    const auto argv = confine(spec, kSession, kMergedUsr, {4, 5}).argv;
    CHECK(holds(argv, {"--ro-bind", "/k", "/boot/kernel", "--ro-bind", "/i", "/boot/initrd"}));
    CHECK(holds(argv, {"--ro-bind", "/s", "/seed"}));
  }
  SECTION("the project's kept disk") {
    spec.kept_disk = KeptDiskImage{.path = "/data/hot/p/disk.raw"};
    const ConfinedVm vm = confine(spec, kSession, kMergedUsr, {4, 5});
    CHECK(holds(vm.argv, {"--bind", "/data/hot/p/disk.raw", "/kept"}));
    CHECK(vm.spec.kept_disk->path == "/kept");
  }
  SECTION("a top disk elsewhere comes alone, not with its directory") {
    spec.disk[0].path = "/elsewhere/top.qcow2";
    const ConfinedVm vm = confine(spec, kSession, kMergedUsr, {4, 5});
    CHECK(holds(vm.argv, {"--bind", "/elsewhere/top.qcow2", "/disk/0"}));
    CHECK(vm.spec.disk[0].path == "/disk/0");
  }
}

TEST_CASE("KVM's device is there only for KVM, name servers only with a network") {
  VmSpec spec = host_vm();
  spec.network = UserNetwork{NetworkMode::offline};
  auto argv = confine(spec, kSession, kMergedUsr, {4, 5}).argv;
  CHECK_FALSE(holds(argv, {"/dev/kvm"}));
  CHECK_FALSE(holds(argv, {"/etc/resolv.conf"}));
  spec.shape.accelerator = Accelerator::kvm;
  argv = confine(spec, kSession, kMergedUsr, {4, 5}).argv;
  CHECK(holds(argv, {"--dev-bind", "/dev/kvm", "/dev/kvm"}));
}

TEST_CASE("a VM on a wire has no network of its own, and no need of name servers") {
  VmSpec spec = host_vm();
  CHECK_FALSE(holds(confine(spec, kSession, kMergedUsr, {4, 5}).argv, {"--unshare-net"}));
  spec.network = WireNetwork{6};
  const auto argv = confine(spec, kSession, kMergedUsr, {4, 5}).argv;
  CHECK(holds(argv, {"--unshare-net"}));
  CHECK_FALSE(holds(argv, {"/etc/resolv.conf"}));
}

TEST_CASE("a console log outside the VM's directory is refused") {
  VmSpec spec = host_vm();
  spec.console_log = "/state/sessions/s2/console.log";
  CHECK_THROWS_AS(confine(spec, kSession, kMergedUsr, {4, 5}), Error);
  spec.console_log = "/state/sessions/s1/console.log";
  CHECK(confine(spec, kSession, kMergedUsr, {4, 5}).spec.console_log == "console.log");
}

TEST_CASE("further directories are each bound as they were shared, below a parent that nobody can write to") {
  VmSpec spec = host_vm();
  spec.directories = {{.name = "a", .directory = "/home/u/one", .access = WorkspaceExport::Access::read_write},
                      {.name = "b", .directory = "/home/u/t,wo"}};
  const ConfinedVm vm = confine(spec, kSession, kMergedUsr, {4, 5});
  CHECK(holds(vm.argv, {"--bind", "/home/u/one", "/directories/a"}));
  CHECK(holds(vm.argv, {"--ro-bind", "/home/u/t,wo", "/directories/b"}));
  CHECK(holds(vm.argv, {"--dir", "/directories"}));
  CHECK(holds(vm.argv, {"--remount-ro", "/"}));
}

TEST_CASE("the kind of room is chosen by what the host has, for each version of Landlock") {
  const std::optional<std::string> refused = "user namespaces are refused";
  for (const int abi : {0, 1, 2, 3, 4, 5, 6, 7}) {
    INFO(abi);
    CHECK(confinement_by({true, {}, abi}) == Confinement::bubblewrap);
    for (const ConfinementParts& without : {ConfinementParts{true, refused, abi}, ConfinementParts{false, {}, abi},
                                            ConfinementParts{false, refused, abi}}) {
      if (abi >= 2) {
        CHECK(confinement_by(without) == Confinement::landlock);
      } else {
        CHECK_THROWS_AS(confinement_by(without), Error);
      }
    }
  }
}

}  // namespace agentbox::confinement_test
