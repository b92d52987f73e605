// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/host_name.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::host_name_test {

using namespace std::string_literals;

namespace {

std::string canonical(std::string_view text) {
  const auto name = HostName::parse(text);
  return name ? name->text() : "refused";
}

bool matches(const char* pattern, const char* name) {
  return HostPattern::parse(pattern).matches(HostName::parse(name).value());
}

}  // namespace

TEST_CASE("a name has one canonical form") {
  CHECK(canonical("API.Example.ORG") == "api.example.org");
  CHECK(canonical("example.org.") == "example.org");
  CHECK(canonical("xn--bcher-kva.example") == "xn--bcher-kva.example");
  CHECK(canonical("my_bucket.s3.example.org") == "my_bucket.s3.example.org");
  CHECK(canonical("1password.com") == "1password.com");
  CHECK(canonical("localhost") == "localhost");
  CHECK(canonical(std::string(63, 'a') + ".org") == std::string(63, 'a') + ".org");
}

// What one program reads as a name and another as something else is where allowlists have been bypassed: a NUL that
// ends the string for C, user information before "@", an address in a form that only inet_aton() knows.
TEST_CASE("what two programs could read differently is no name") {
  const std::string bad[] = {"",
                             ".",
                             "..",
                             "a..b",
                             ".example.org",
                             "example.org..",
                             "example.org\0.evil.com"s,
                             "example.org\r\nX: y",
                             "example.org\n",
                             "user@example.org",
                             "example.org:443",
                             "example.org%00",
                             "example.org/",
                             "example.org?",
                             "exa mple.org",
                             "[::1]",
                             "::1",
                             "*.example.org",
                             "-a.example.org",
                             "a-.example.org",
                             "b\xc3\xbc"
                             "cher.example",
                             "example\xe3\x80\x82org",  // the ideographic full stop, a dot to some
                             "127.0.0.1",
                             "127.0.0.1.",
                             "127.1",
                             "2130706433",
                             "0x7f000001",
                             "0x7f.1",
                             "017700000001",
                             "1.2.3.4.5",
                             "example.0x7f",
                             std::string(64, 'a') + ".org",
                             std::string(250, 'a')};
  for (const auto& text : bad) {
    INFO(text);
    CHECK(canonical(text) == "refused");
  }
  std::string longest;
  for (int i = 0; i < 126; ++i) longest += "a.";
  CHECK(canonical(longest + "a") == longest + "a");  // 253
  CHECK(canonical(longest + "ab") == "refused");     // 254
}

TEST_CASE("local names are known as such") {
  for (const char* name :
       {"localhost", "printer", "a.localhost", "nas.local", "metadata.google.internal", "x.home.arpa"}) {
    INFO(name);
    CHECK(HostName::parse(name).value().is_local());
  }
  for (const char* name : {"example.org", "notlocal.org", "internal.example.org", "xlocalhost.com"}) {
    INFO(name);
    CHECK_FALSE(HostName::parse(name).value().is_local());
  }
}

TEST_CASE("patterns match whole labels only") {
  CHECK(matches("example.org", "EXAMPLE.org."));
  CHECK_FALSE(matches("example.org", "a.example.org"));
  CHECK_FALSE(matches("allowed.com", "allowed.com.evil.com"));
  CHECK_FALSE(matches("allowed.com", "evilallowed.com"));
  CHECK(matches("*.x.org", "a.x.org"));
  CHECK(matches("*.x.org", "a.b.x.org"));
  CHECK_FALSE(matches("*.x.org", "x.org"));
  CHECK_FALSE(matches("*.x.org", "evilx.org"));
  CHECK(HostPattern::parse("*.X.org.").text() == "*.x.org");
}

TEST_CASE("a pattern that nobody can oversee is an error") {
  for (const char* text :
       {"*", "*.", "*.*", "*.com", "*.com.", "*.co.uk", "*.com.au", "a.*.org", "*a.org", "**.x.org", "", "127.0.0.1",
        "*.0.0.1", "10.0.0.0/8", "host name", "http://x.org", "x.org/path", "[::1]"}) {
    INFO(text);
    CHECK_THROWS_AS(HostPattern::parse(text), Error);
  }
}

TEST_CASE("authorities") {
  CHECK(parse_authority("a.org") == Authority{"a.org", std::nullopt});
  CHECK(parse_authority("a.org:443") == Authority{"a.org", 443});
  CHECK(parse_authority("[::1]:80") == Authority{"::1", 80});
  CHECK(parse_authority("[::1]") == Authority{"::1", std::nullopt});
  // CONNECT to port 0 and 65536 once wrapped around to something else.
  for (const char* text :
       {"", ":443", "a.org:", "a.org:0", "a.org:65536", "a.org:-1", "a.org:+1", "a.org:080", "a.org:4 3",
        "a.org:443:443", "u@a.org", "u:p@a.org:443", "[::1", "[::1]x", "[]:1", "a.org/x", "a.org:99999999999"}) {
    INFO(text);
    CHECK_FALSE(parse_authority(text).has_value());
  }
}

}  // namespace agentbox::host_name_test
