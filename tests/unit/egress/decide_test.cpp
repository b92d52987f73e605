// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/decide.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::decide_test {

namespace {

EgressRules rules(NetworkMode mode, std::vector<std::string> allow, std::vector<std::string> deny = {},
                  std::vector<std::string> lan = {}) {
  EgressRules result{.mode = mode};
  for (const auto& text : allow) result.allow.push_back(parse_egress_rule(text));
  for (const auto& text : deny) result.deny.push_back(parse_egress_rule(text));
  for (const auto& text : lan) result.lan.push_back(parse_lan_rule(text));
  return result;
}
EgressRules list(std::vector<std::string> allow, std::vector<std::string> deny = {}) {
  return rules(NetworkMode::allowlist, std::move(allow), std::move(deny));
}

EgressRequest stream(const char* name, std::uint16_t port) {
  return {.kind = EgressKind::stream, .name = HostName::parse(name), .port = port};
}
EgressRequest lookup(const char* name) { return {.kind = EgressKind::lookup, .name = HostName::parse(name)}; }
EgressRequest http(const char* name, const char* method, const char* path) {
  return {.kind = EgressKind::http, .name = HostName::parse(name), .port = 80, .method = method, .path = path};
}
EgressRequest to_address(const char* address, std::uint16_t port) {
  return {.kind = EgressKind::stream, .name = {}, .address = IpAddress::parse(address), .port = port};
}
bool ok(const EgressRules& by, const EgressRequest& request) { return decide(by, request).allowed(); }

}  // namespace

TEST_CASE("an empty allowlist allows nothing") {
  CHECK(decide(list({}), stream("example.org", 443)) ==
        Verdict{Verdict::Outcome::refused, "no rule", "is not in the policy"});
  CHECK_FALSE(ok(list({}), lookup("example.org")));
  CHECK_FALSE(ok(list({}), to_address("8.8.8.8", 443)));
  CHECK_FALSE(ok(EgressRules{}, stream("example.org", 443)));
}

TEST_CASE("a rule allows its host on the web's ports, or on those it names") {
  CHECK(decide(list({"example.org"}), stream("example.org", 443)) ==
        Verdict{Verdict::Outcome::allowed, "allow example.org", ""});
  CHECK(ok(list({"example.org"}), stream("example.org", 80)));
  CHECK(decide(list({"example.org"}), stream("example.org", 22)).reason == "is in the policy, but not with port 22");
  CHECK(ok(list({"example.org:22"}), stream("example.org", 22)));
  CHECK_FALSE(ok(list({"example.org:22"}), stream("example.org", 443)));
  CHECK(ok(list({"example.org:22", "example.org"}), stream("example.org", 443)));
  CHECK(ok(list({"*.example.org"}), stream("a.example.org", 443)));
  CHECK(ok(list({"example.org:22"}), lookup("example.org")));  // the port comes later
  for (const char* name : {"allowed.com.evil.com", "evilallowed.com", "allowed.co", "a.allowed.com"}) {
    INFO(name);
    CHECK_FALSE(ok(list({"allowed.com"}), stream(name, 443)));
  }
}

TEST_CASE("deny wins over every allow, in every mode") {
  CHECK(decide(list({"*.example.org"}, {"bad.example.org"}), stream("bad.example.org", 443)) ==
        Verdict{Verdict::Outcome::refused, "deny bad.example.org", "is denied by the policy"});
  CHECK_FALSE(ok(list({"bad.example.org"}, {"bad.example.org"}), stream("bad.example.org", 443)));
  CHECK_FALSE(ok(rules(NetworkMode::open, {}, {"*.evil.org"}), stream("a.evil.org", 8080)));
  CHECK_FALSE(ok(rules(NetworkMode::open, {}, {"*.evil.org"}), lookup("a.evil.org")));
  CHECK(ok(list({"example.org"}, {"example.org:80"}), stream("example.org", 443)));
  CHECK_FALSE(ok(list({"example.org"}, {"example.org:80"}), stream("example.org", 80)));
  CHECK(ok(list({"example.org"}, {"example.org:80"}), lookup("example.org")));
}

TEST_CASE("mode open allows what is global, and nothing near the host") {
  const EgressRules open = rules(NetworkMode::open, {});
  CHECK(decide(open, stream("example.org", 22)) == Verdict{Verdict::Outcome::allowed, "mode open", ""});
  CHECK(ok(open, lookup("example.org")));
  CHECK(ok(open, to_address("8.8.8.8", 4711)));
  for (const char* name : {"localhost", "printer", "nas.local", "metadata.google.internal"}) {
    INFO(name);
    CHECK_FALSE(ok(open, stream(name, 80)));
    CHECK_FALSE(ok(open, lookup(name)));
  }
  for (const char* address : {"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "::1", "fe80::1",
                              "0.0.0.0", "224.0.0.1", "198.18.0.1"}) {
    INFO(address);
    CHECK_FALSE(ok(open, to_address(address, 80)));
  }
}

TEST_CASE("mode offline refuses even what is listed") {
  const EgressRules offline = rules(NetworkMode::offline, {"example.org"}, {}, {"192.168.1.5:80"});
  CHECK_FALSE(ok(offline, lookup("example.org")));
  CHECK_FALSE(ok(offline, stream("example.org", 443)));
  CHECK_FALSE(ok(offline, to_address("192.168.1.5", 80)));
  CHECK_FALSE(decide_address(offline, IpAddress::parse("8.8.8.8").value(), 443).allowed());
}

TEST_CASE("a local address is dialled on its one listed port only") {
  const EgressRules lan = rules(NetworkMode::allowlist, {}, {}, {"192.168.1.5:5432", "127.0.0.1:8080", "9.9.9.9:53"});
  CHECK(decide(lan, to_address("192.168.1.5", 5432)).rule == "lan 192.168.1.5:5432");
  CHECK_FALSE(ok(lan, to_address("192.168.1.5", 5433)));
  CHECK_FALSE(ok(lan, to_address("192.168.1.6", 5432)));
  CHECK(ok(lan, to_address("127.0.0.1", 8080)));
  CHECK_FALSE(ok(lan, to_address("127.0.0.2", 8080)));
  CHECK(ok(lan, to_address("9.9.9.9", 53)));  // global, by number
  CHECK_FALSE(ok(lan, to_address("8.8.8.8", 443)));
}

// A name that its owner points to 127.0.0.1 or into the LAN (DNS rebinding) is allowed as a name, and still not
// dialled.
TEST_CASE("what an allowed name resolves to is judged again") {
  const EgressRules allow = list({"rebind.example.org"});
  for (const char* address :
       {"127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "198.18.0.9"}) {
    INFO(address);
    CHECK_FALSE(decide_address(allow, IpAddress::parse(address).value(), 443).allowed());
  }
  CHECK(decide_address(allow, IpAddress::parse("93.184.216.34").value(), 443).allowed());
}

TEST_CASE("metadata and link-local stay closed even in a rules value that was not made by the parser") {
  EgressRules forced{.mode = NetworkMode::open};
  forced.lan = {{IpAddress::parse("169.254.169.254").value(), 80}, {IpAddress::parse("fe80::1").value(), 80}};
  CHECK_FALSE(decide_address(forced, forced.lan[0].address, 80).allowed());
  CHECK_FALSE(decide_address(forced, forced.lan[1].address, 80).allowed());
  for (const char* text :
       {"169.254.169.254:80", "[fe80::1]:80", "0.0.0.0:80", "224.0.0.1:80", "198.18.0.1:80", "192.168.1.0/24:80",
        "192.168.1.5", "host:80", "[192.168.1.5]:80", "::1:80", "192.168.1.5:0"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_lan_rule(text), Error);
  }
}

TEST_CASE("methods and paths are checked where they can be seen") {
  EgressRules by = list({"api.example.org"});
  by.allow[0].methods = {"GET", "POST"};
  by.allow[0].paths = {"/v1", "/files/"};
  CHECK(ok(by, http("api.example.org", "GET", "/v1")));
  CHECK(ok(by, http("api.example.org", "POST", "/v1/messages?x=/../y")));
  CHECK(ok(by, http("api.example.org", "GET", "/files/a")));
  CHECK_FALSE(ok(by, http("api.example.org", "DELETE", "/v1")));
  CHECK(decide(by, http("api.example.org", "GET", "/v1x")).reason ==
        "is in the policy, but not with this method and path");
  // Each of these reads as /admin to some server.
  for (const char* path :
       {"/v1/../admin", "/v1/./../admin", "/v1/%2e%2e/admin", "/v1/..%2fadmin", "/v1//../admin", "/v1/..\\admin",
        "/v1/..;/admin", "//v1", "v1", "/v1/%252e%252e/admin", "/v1/..", "/admin?/v1", "http://api.example.org/v1"}) {
    INFO(path);
    CHECK_FALSE(ok(by, http("api.example.org", "GET", path)));
  }
  CHECK(decide(by, stream("api.example.org", 443)).reason ==
        "is in the policy only for certain methods or paths, which cannot be seen inside this connection");
}

TEST_CASE("a deny rule for a path denies what cannot be looked into") {
  EgressRules by = list({"api.example.org"}, {"api.example.org"});
  by.deny[0].paths = {"/admin"};
  CHECK(ok(by, http("api.example.org", "GET", "/v1")));
  CHECK(ok(by, lookup("api.example.org")));
  CHECK_FALSE(ok(by, http("api.example.org", "GET", "/admin/x")));
  CHECK_FALSE(ok(by, http("api.example.org", "GET", "/x/../admin")));
  CHECK_FALSE(ok(by, stream("api.example.org", 443)));
}

// What the user is asked about is what nobody has thought of, never what somebody has forbidden or limited.
TEST_CASE("the user may be asked about an unlisted host, and about nothing else") {
  EgressRules by = list({"listed.example.org", "port.example.org:22", "limited.example.org"}, {"denied.example.org"});
  by.allow[2].paths = {"/v1"};
  CHECK(may_be_asked(by, stream("other.example.org", 443)));
  CHECK(may_be_asked(by, http("other.example.org", "GET", "/")));
  CHECK(may_be_asked(by, lookup("other.example.org")));
  CHECK(may_be_asked(by, stream("port.example.org", 443)));
  CHECK(may_be_asked(by, stream("limited.example.org", 22)));
  CHECK_FALSE(may_be_asked(by, stream("limited.example.org", 443)));
  CHECK_FALSE(may_be_asked(by, http("limited.example.org", "GET", "/v2")));
  CHECK_FALSE(may_be_asked(by, stream("listed.example.org", 443)));
  CHECK_FALSE(may_be_asked(by, stream("denied.example.org", 443)));
  CHECK_FALSE(may_be_asked(by, stream("printer", 443)));
  CHECK_FALSE(may_be_asked(by, stream("nas.local", 443)));
  CHECK_FALSE(may_be_asked(by, {.address = IpAddress::parse("1.1.1.1"), .port = 443}));
  by.mode = NetworkMode::offline;
  CHECK_FALSE(may_be_asked(by, stream("other.example.org", 443)));
  by.mode = NetworkMode::open;
  CHECK_FALSE(may_be_asked(by, stream("other.example.org", 443)));
}

TEST_CASE("rules as they are written") {
  CHECK(parse_egress_rule("*.Example.org:22,443").text() == "*.example.org:22,443");
  for (const char* text :
       {"", "*", "*.com", "example.org:", "example.org:0", "example.org:65536", "example.org:22,22", "example.org:22,",
        "example.org:http", "https://example.org", "example.org/path", "10.0.0.1:80", "u@example.org"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_egress_rule(text), Error);
  }
  for (const char* text : {"", "v1", "/a/../b", "/a/.", "/a//b", "/a%2fb", "/a?b", "/a b", "/a;b", "/a#b", "/a\\b"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_path_prefix(text), Error);
  }
  CHECK(parse_path_prefix("/v1/") == "/v1/");
  CHECK_THROWS_AS(parse_method("get"), Error);
}

// In mode open a name that leads into the local network was refused without a word on what the user can do about it.
TEST_CASE("a refused local address says how a policy opens it, and one that nothing opens does not") {
  const EgressRules open{.mode = NetworkMode::open};
  const auto reason = [&](const char* address) { return decide_address(open, *IpAddress::parse(address), 8080).reason; };
  CHECK(reason("192.168.1.5") ==
        "leads to 192.168.1.5, a local network address, which only an entry in the policy's network section opens: "
        "lan: [\"192.168.1.5:8080\"]");
  CHECK(reason("::1").ends_with("lan: [\"[::1]:8080\"]"));
  CHECK(reason("169.254.169.254") == "leads to 169.254.169.254, a cloud metadata address");
}

}  // namespace agentbox::decide_test
