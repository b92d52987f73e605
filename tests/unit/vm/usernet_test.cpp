// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/usernet.hpp"

#include "support/catch.hpp"

#include <string>

namespace agentbox::usernet_test {

namespace {

// As QEMU 7.2 and 10.0 print it.
const std::string kHead =
    "Hub -1 (net0):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n";
const std::string kForward = "  TCP[HOST_FORWARD]   8       127.0.0.1 42083       10.0.2.15    22     0     0\r\n";

}  // namespace

TEST_CASE("the forwarded port is found") {
  CHECK(forwarded_port(kHead + kForward, Port(22)) == Port(42083));
  CHECK(forwarded_port(kForward, Port(22)) == Port(42083));
}

TEST_CASE("connections and other forwards are not taken for it") {
  const std::string others =
      "  TCP[ESTABLISHED]   12       127.0.0.1 50001       10.0.2.15    22     0     0\r\n"
      "  TCP[HOST_FORWARD]   9       127.0.0.1 50002       10.0.2.15  8080     0     0\r\n"
      "  TCP[HOST_FORWARD]  10         0.0.0.0 50003       10.0.2.15    22     0     0\r\n"
      "  UDP[HOST_FORWARD]  11       127.0.0.1 50004       10.0.2.15    22     0     0\r\n";
  CHECK_FALSE(forwarded_port(kHead + others, Port(22)));
  CHECK(forwarded_port(kHead + others + kForward, Port(22)) == Port(42083));
}

TEST_CASE("text that says nothing gives nothing") {
  for (const char* text :
       {"", "\n", "  TCP[HOST_FORWARD]", "TCP[HOST_FORWARD] 8 127.0.0.1 0 10.0.2.15 22 0 0",
        "TCP[HOST_FORWARD] 8 127.0.0.1 65536 10.0.2.15 22 0 0", "TCP[HOST_FORWARD] 8 127.0.0.1 x 10.0.2.15 22 0 0"}) {
    CHECK_FALSE(forwarded_port(text, Port(22)));
  }
  // Cut anywhere before the guest's port is complete, the line says nothing.
  const auto complete = kForward.find(" 22 ") + 3;
  for (std::size_t cut = 0; cut < complete; ++cut) {
    CHECK_FALSE(forwarded_port(kForward.substr(0, cut), Port(22)));
  }
}

}  // namespace agentbox::usernet_test
