// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/dns/answer.hpp"
#include "support/catch.hpp"

namespace agentbox::dns_test {

using namespace std::string_literals;

namespace {

std::string wire_name(std::initializer_list<std::string> labels) {
  std::string name;
  for (const auto& label : labels) name += static_cast<char>(label.size()) + label;
  return name + '\0';
}

std::string question(const std::string& name, char type) { return name + "\0"s + type + "\0\1"s; }

const std::string kHeader = "\x12\x34\x01\x00\0\1\0\0\0\0\0\0"s;
const std::string kHeaderWithOpt = "\x12\x34\x01\x00\0\1\0\0\0\0\0\1"s;
const std::string kOpt = "\0\0\x29\x10\0\0\0\0\0\0\0"s;

std::span<const unsigned char> bytes(const std::string& text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

EgressRules example_rules() {
  EgressRules rules{.mode = NetworkMode::allowlist};
  rules.allow.push_back(parse_egress_rule("*.example.org"));
  return rules;
}

SyntheticAddresses table(std::size_t limit = 10) { return {SyntheticRange{}, limit}; }

std::string ask(const std::string& packet, SyntheticAddresses& addresses) {
  return answer_dns(example_rules(), addresses, bytes(packet)).reply;
}
std::string ask(const std::string& packet) {
  auto addresses = table();
  return ask(packet, addresses);
}
unsigned code_of(const std::string& reply) { return static_cast<unsigned char>(reply.at(3)) & 0x0FU; }
unsigned answers_in(const std::string& reply) { return static_cast<unsigned char>(reply.at(7)); }

}  // namespace

TEST_CASE("an allowed name gets its synthetic address, the whole packet") {
  const std::string asked = question(wire_name({"a", "EXAMPLE", "org"}), 1);
  CHECK(ask(kHeader + asked) ==
        "\x12\x34\x85\x80\0\1\0\1\0\0\0\0"s + asked + "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\xc6\x12\0\1"s);
  CHECK(ask(kHeaderWithOpt + asked + kOpt) == "\x12\x34\x85\x80\0\1\0\1\0\0\0\1"s + asked +
                                                  "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\xc6\x12\0\1"s +
                                                  "\0\0\x29\x04\xd0\0\0\0\0\0\0"s);
}

TEST_CASE("every other type of an allowed name is empty, not missing") {
  for (const int type : {28, 15, 16, 33, 64, 65, 5, 6}) {
    const std::string reply = ask(kHeader + question(wire_name({"a", "example", "org"}), static_cast<char>(type)));
    CHECK(code_of(reply) == 0);
    CHECK(answers_in(reply) == 0);
  }
}

TEST_CASE("a refused name is said not to exist, and why") {
  const std::string asked = question(wire_name({"evil", "com"}), 1);
  const std::string plain = ask(kHeader + asked);
  CHECK(code_of(plain) == 3);
  CHECK(plain.size() == 12 + asked.size());
  const std::string explained = ask(kHeaderWithOpt + asked + kOpt);
  CHECK(code_of(explained) == 3);
  CHECK(explained.ends_with("\0\x0f"s + "agentbox: evil.com is not in the policy"));
}

// A question that carries data out in its labels gets no further than a table lookup; it has nowhere to go.
TEST_CASE("long labels, binary labels and odd names are refused like any other") {
  for (const auto& name : {wire_name({std::string(63, 'x'), std::string(63, 'y'), "evil", "com"}),
                           wire_name({"\x01\x02\xff", "example", "org"}), wire_name({"a.example", "org"}),
                           wire_name({"a\0b"s, "example", "org"}), wire_name({"a@b", "example", "org"}), wire_name({}),
                           wire_name({"org"})}) {
    auto addresses = table();
    const std::string reply = ask(kHeader + question(name, 1), addresses);
    CHECK(code_of(reply) == 3);
    CHECK(addresses.size() == 0);
  }
}

TEST_CASE("packets that are no question of ours") {
  const std::string good = question(wire_name({"a", "example", "org"}), 1);
  CHECK(ask("").empty());
  CHECK(ask("\x12\x34\x81\x80\0\1\0\0\0\0\0\0"s + good).empty());               // an answer
  CHECK(code_of(ask("\x12\x34\x28\x00\0\1\0\0\0\0\0\0"s + good)) == 4);         // an update
  CHECK(code_of(ask("\x12\x34\x01\x00\0\2\0\0\0\0\0\0"s + good + good)) == 1);  // two questions
  CHECK(code_of(ask("\x12\x34\x01\x00\0\0\0\0\0\0\0\0"s)) == 1);                // none
  CHECK(code_of(ask("\x12\x34\x01\x00\0\1\0\1\0\0\0\0"s + good)) == 1);         // with an answer
  CHECK(code_of(ask(kHeader + good + "x")) == 1);                               // something behind it
  CHECK(code_of(ask(kHeader + "\xc0\x0c\0\1\0\1"s)) == 1);                      // a name that points to itself
  CHECK(code_of(ask(kHeader + "\x40" + std::string(64, 'a') + "\0\0\1\0\1"s)) == 1);
  CHECK(code_of(ask(kHeader + wire_name({"a", "example", "org"}) + "\0\1\0\3"s)) == 5);  // class CHAOS
  CHECK(code_of(ask(kHeaderWithOpt + good + "\0\0\x29\x10\0\0\0\0\0\0\5ab"s)) == 1);     // OPT longer than the packet
}

TEST_CASE("a question cut at any byte is never taken for a whole one") {
  const std::string packet = kHeaderWithOpt + question(wire_name({"a", "example", "org"}), 1) + kOpt;
  for (std::size_t length = 0; length < packet.size(); ++length) {
    auto addresses = table();
    const std::string exact(packet, 0, length);  // a buffer of its own: a sanitizer sees reads behind it
    const auto outcome = answer_dns(example_rules(), addresses, bytes(exact));
    INFO(length);
    CHECK_FALSE(outcome.query.has_value());
    CHECK(addresses.size() == 0);
  }
}

TEST_CASE("addresses are stable, and their number is bounded") {
  auto addresses = table(2);
  const auto name = [](const char* text) { return HostName::parse(text).value(); };
  const auto first = addresses.address_of(name("a.org"));
  CHECK(first->to_string() == "198.18.0.1");
  CHECK(addresses.address_of(name("b.org"))->to_string() == "198.18.0.2");
  CHECK(addresses.address_of(name("a.org")) == first);
  CHECK_FALSE(addresses.address_of(name("c.org")).has_value());
  CHECK(addresses.address_of(name("b.org"))->to_string() == "198.18.0.2");
  CHECK(addresses.name_of(*first) == name("a.org"));
  CHECK_FALSE(addresses.name_of(IpAddress::v4(0xC6120000)).has_value());
  CHECK_FALSE(addresses.name_of(IpAddress::v4(0xC6120003)).has_value());
  CHECK_FALSE(addresses.name_of(IpAddress::v4(0x08080808)).has_value());
  CHECK(addresses.contains(IpAddress::v4(0xC613FFFF)));
  CHECK_FALSE(addresses.contains(IpAddress::v4(0xC6140000)));
  CHECK_FALSE(addresses.contains(IpAddress::parse("2001:db8::1").value()));
}

TEST_CASE("a session that asks for too many names is told so") {
  auto addresses = table(1);
  CHECK(answers_in(ask(kHeader + question(wire_name({"a", "example", "org"}), 1), addresses)) == 1);
  CHECK(code_of(ask(kHeader + question(wire_name({"b", "example", "org"}), 1), addresses)) == 2);
  CHECK(answers_in(ask(kHeader + question(wire_name({"a", "example", "org"}), 1), addresses)) == 1);
}

}  // namespace agentbox::dns_test
