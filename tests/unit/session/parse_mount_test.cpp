// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "session/run_plan.hpp"
#include "support/catch.hpp"

namespace agentbox::parse_mount_test {

using Access = WorkspaceExport::Access;

namespace {

void check(const std::string& text, const std::string& source, const std::string& destination, Access access) {
  CAPTURE(text);
  const RequestedMount mount = parse_mount(text);
  CHECK(mount.source == source);
  CHECK(mount.destination == destination);
  CHECK(mount.access == access);
}

}  // namespace

TEST_CASE("the forms of --mount") {
  check("dir", "dir", "", Access::read_write);
  check("../dir:ro", "../dir", "", Access::read_only);
  check("dir:rw", "dir", "", Access::read_write);
  check("/a:/b", "/a", "/b", Access::read_write);
  check("/a:/b/c:ro", "/a", "/b/c", Access::read_only);
  check("with:colon:/b", "with:colon", "/b", Access::read_write);
  check("a:b", "a:b", "", Access::read_write);
}

TEST_CASE("a mount without a source") {
  for (const std::string text : {"", ":ro", ":/b", ":/b:ro"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_mount(text), Error);
  }
}

}  // namespace agentbox::parse_mount_test
