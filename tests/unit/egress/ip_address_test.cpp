// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/ip_address.hpp"

#include "support/catch.hpp"

namespace agentbox::ip_address_test {

namespace {
AddressClass class_of(const char* text) { return classify(IpAddress::parse(text).value()); }
}  // namespace

TEST_CASE("addresses are read in their plain forms only") {
  CHECK(IpAddress::parse("1.2.3.4").value().to_string() == "1.2.3.4");
  CHECK(IpAddress::parse("1.2.3.4").value().v4_value() == 0x01020304U);
  CHECK(IpAddress::parse("2001:DB8::1").value().to_string() == "2001:db8::1");
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "127.1", "0x7f.0.0.1", "2130706433", "1.2.3.256", "[::1]",
                           "fe80::1%eth0", "::g", "1.2.3.4/8", " 1.2.3.4"}) {
    INFO(text);
    CHECK_FALSE(IpAddress::parse(text).has_value());
  }
  CHECK_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)).has_value());
}

TEST_CASE("each special range is known, with its edges") {
  struct Case {
    const char* text;
    AddressClass expected;
  };
  using enum AddressClass;
  const Case cases[] = {{"8.8.8.8", global},
                        {"1.1.1.1", global},
                        {"0.0.0.0", never},
                        {"0.255.255.255", never},
                        {"9.255.255.255", global},
                        {"10.0.0.0", local},
                        {"10.255.255.255", local},
                        {"11.0.0.0", global},
                        {"100.63.255.255", global},
                        {"100.64.0.0", local},
                        {"100.127.255.255", local},
                        {"100.128.0.0", global},
                        {"100.100.100.200", metadata},
                        {"126.255.255.255", global},
                        {"127.0.0.1", loopback},
                        {"127.255.255.255", loopback},
                        {"128.0.0.0", global},
                        {"169.253.255.255", global},
                        {"169.254.0.0", never},
                        {"169.254.169.254", metadata},
                        {"169.254.170.2", metadata},
                        {"168.63.129.16", metadata},
                        {"172.15.255.255", global},
                        {"172.16.0.0", local},
                        {"172.31.255.255", local},
                        {"172.32.0.0", global},
                        {"192.0.0.192", metadata},
                        {"192.0.0.8", never},
                        {"192.0.2.1", never},
                        {"192.88.99.1", never},
                        {"192.168.0.0", local},
                        {"192.168.255.255", local},
                        {"192.169.0.0", global},
                        {"198.17.255.255", global},
                        {"198.18.0.0", never},
                        {"198.19.255.255", never},
                        {"198.20.0.0", global},
                        {"198.51.100.1", never},
                        {"203.0.113.1", never},
                        {"223.255.255.255", global},
                        {"224.0.0.1", never},
                        {"239.255.255.255", never},
                        {"240.0.0.1", never},
                        {"255.255.255.255", never},
                        {"::", never},
                        {"::1", loopback},
                        {"::ffff:127.0.0.1", never},
                        {"::ffff:8.8.8.8", never},
                        {"::127.0.0.1", never},
                        {"fc00::1", local},
                        {"fdff::1", local},
                        {"fd00:ec2::254", metadata},
                        {"fd20:ce::254", metadata},
                        {"fe80::1", never},
                        {"febf::1", never},
                        {"fec0::1", never},
                        {"ff02::1", never},
                        {"64:ff9b::8.8.8.8", global},
                        {"64:ff9b::127.0.0.1", loopback},
                        {"64:ff9b::169.254.169.254", metadata},
                        {"64:ff9b::10.0.0.1", local},
                        {"64:ff9b:1::1", never},
                        {"2002:7f00:1::", never},
                        {"2002:808:808::", never},
                        {"2001::1", never},
                        {"2001:1::1", never},
                        {"2001:db8::1", never},
                        {"3fff::1", never},
                        {"2606:4700::1111", global},
                        {"2a00:1450::1", global},
                        {"4000::1", never}};
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK(class_of(text) == expected);
  }
}

TEST_CASE("only loopback and local networks can be opened by hand") {
  CHECK(may_be_opened(AddressClass::loopback));
  CHECK(may_be_opened(AddressClass::local));
  CHECK_FALSE(may_be_opened(AddressClass::metadata));
  CHECK_FALSE(may_be_opened(AddressClass::never));
}

// A host with a public address has neighbours with public addresses: only its own one used to be refused.
TEST_CASE("neighbours are those whose masked bits agree") {
  const auto address = [](const char* text) { return IpAddress::parse(text).value(); };
  const auto same = [&](const char* a, const char* b, const char* mask) {
    return same_network(address(a), address(b), address(mask));
  };
  CHECK(same("203.0.113.10", "203.0.113.200", "255.255.255.0"));
  CHECK(same("203.0.113.129", "203.0.113.190", "255.255.255.192"));
  CHECK_FALSE(same("203.0.113.129", "203.0.113.193", "255.255.255.192"));
  CHECK_FALSE(same("203.0.113.10", "203.0.113.11", "255.255.255.255"));
  CHECK_FALSE(same("203.0.113.10", "8.8.8.8", "0.0.0.0"));
  CHECK(same("2a01:4f8::1", "2a01:4f8::ffff", "ffff:ffff:ffff:ffff::"));
  CHECK_FALSE(same("2a01:4f8::1", "2a01:4f8:0:1::1", "ffff:ffff:ffff:ffff::"));
  CHECK_FALSE(same("2a01:4f8::1", "2a01:4f8::2", "255.255.255.0"));
  CHECK(nat64_inside(address("64:ff9b::203.0.113.10")) == address("203.0.113.10"));
  CHECK_FALSE(nat64_inside(address("64:ff9b:1::1")).has_value());
  CHECK_FALSE(nat64_inside(address("203.0.113.10")).has_value());
}

}  // namespace agentbox::ip_address_test
