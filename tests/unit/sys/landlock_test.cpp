// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "sys/landlock.hpp"

namespace agentbox::landlock_test {

// The kernel that this runs on speaks one version only; the others are looked at here.
TEST_CASE("each version of Landlock adds what it can refuse, and none is left out") {
  struct Version {
    int abi;
    std::uint64_t files;
    RefusedBeyondFiles offline;
    RefusedBeyondFiles internet;
  };
  for (const Version& version :
       {Version{0, 0, {0, 0}, {0, 0}}, Version{1, 0x1FFF, {0, 0}, {0, 0}}, Version{2, 0x3FFF, {0, 0}, {0, 0}},
        Version{3, 0x7FFF, {0, 0}, {0, 0}}, Version{4, 0x7FFF, {3, 0}, {0, 0}}, Version{5, 0xFFFF, {3, 0}, {0, 0}},
        Version{6, 0xFFFF, {3, 3}, {0, 3}}, Version{7, 0xFFFF, {3, 3}, {0, 3}}}) {
    INFO(version.abi);
    CHECK(handled_rights(version.abi) == version.files);
    CHECK(refused_beyond_files(version.abi, LandlockNetwork::none) == version.offline);
    CHECK(refused_beyond_files(version.abi, LandlockNetwork::internet) == version.internet);
    // A rule never grants what the version does not know: the kernel would refuse the rule.
    for (const auto access :
         {PathRule::Access::read, PathRule::Access::run, PathRule::Access::write, PathRule::Access::write_tree}) {
      CHECK((granted_rights(access, true, version.abi) & ~version.files) == 0);
      CHECK((granted_rights(access, false, version.abi) & ~granted_rights(access, true, version.abi)) == 0);
    }
  }
}

TEST_CASE("a rule grants what its word says, and of directories' rights nothing to a file") {
  using Access = PathRule::Access;
  // bits: 0 execute, 1 write, 2 read, 3 list, 4-5 remove, 6 character device, 7-12 make, 11 block device, 13 move,
  // 14 truncate, 15 ioctl on a device
  CHECK(granted_rights(Access::read, true, 7) == 0x000C);
  CHECK(granted_rights(Access::read, false, 7) == 0x0004);
  CHECK(granted_rights(Access::run, true, 7) == 0x000D);
  CHECK(granted_rights(Access::run, false, 7) == 0x0005);
  CHECK(granted_rights(Access::write, false, 7) == 0xC006);
  CHECK(granted_rights(Access::write, false, 2) == 0x0006);
  CHECK(granted_rights(Access::write_tree, true, 7) == 0x77BE);
  CHECK(granted_rights(Access::write_tree, true, 2) == 0x37BE);
}

}  // namespace agentbox::landlock_test
