// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/packet_filter.hpp"

#include "support/catch.hpp"

namespace agentbox::packet_filter_test {

// The rules are the wall; a change of one word here is to be seen by whoever reviews it.
TEST_CASE("the room's rules, in full") {
  CHECK(agentbox::wire::room_rules() == R"(table ip agentbox {
  chain prerouting {
    type filter hook prerouting priority mangle; policy drop;
    iif != "room0" drop
    ip saddr != 10.0.2.15 drop
    meta l4proto tcp tproxy to :1 accept
    meta l4proto tcp accept
    udp dport 53 accept
    meta l4proto udp reject with icmp type admin-prohibited
  }
}
table arp agentbox {
  chain input {
    type filter hook input priority filter; policy drop;
    iif "room0" arp saddr ip 10.0.2.15 accept
  }
}
)");
}

}  // namespace agentbox::packet_filter_test
