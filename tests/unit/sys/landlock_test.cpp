// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "sys/landlock.hpp"

using namespace agentbox;

TEST_CASE("each version of Landlock adds rights, and none is left out") {
  CHECK(handled_rights(0) == 0);
  CHECK(handled_rights(1) == 0x1FFF);
  CHECK(handled_rights(2) == 0x3FFF);
  CHECK(handled_rights(3) == 0x7FFF);
  CHECK(handled_rights(4) == 0x7FFF);
  CHECK(handled_rights(5) == 0xFFFF);
  CHECK(handled_rights(7) == 0xFFFF);
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
