// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/request_target.hpp"

#include "support/catch.hpp"

namespace agentbox::request_target_test {

namespace {

const Target kNamed{HostName::parse("a.org"), {}, 80};
const Target kNumber{{}, IpAddress::parse("8.8.8.8"), 80};

/// "host:port path", or "none".
std::string asked(const std::string& line, const std::string& host, const Target& known, HttpRole role) {
  const std::string text = "GET " + line + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
  const auto target = asked_target(std::get<RequestHead>(parse_request_head(text, 4096)), known, role);
  return target ? target->target.text() + " " + target->path : "none";
}
std::string named(const std::string& line, const std::string& host) {
  return asked(line, host, kNamed, HttpRole::transparent);
}
std::string number(const std::string& line, const std::string& host) {
  return asked(line, host, kNumber, HttpRole::transparent);
}
std::string proxied(const std::string& line, const std::string& host) { return asked(line, host, {}, HttpRole::proxy); }

}  // namespace

TEST_CASE("a connection to a name serves that name only") {
  CHECK(named("/x?y", "A.org") == "a.org:80 /x?y");
  CHECK(named("/x", "a.org.") == "a.org:80 /x");
  CHECK(named("/x", "a.org:80") == "a.org:80 /x");
  CHECK(named("*", "a.org") == "a.org:80 *");
  CHECK(named("http://a.org/x", "a.org") == "a.org:80 /x");
  CHECK(named("http://a.org?x", "a.org") == "a.org:80 /?x");
  for (const char* host : {"b.org", "a.org:81", "8.8.8.8", "a.org,b.org", "u@a.org", "a.org:0"}) {
    INFO(host);
    CHECK(named("/x", host) == "none");
  }
  for (const char* line :
       {"http://b.org/x", "http://a.org:81/x", "http://u@a.org/x", "https://a.org/x", "a.org:80", "x", "http:///x"}) {
    INFO(line);
    CHECK(named(line, "a.org") == "none");
  }
}

TEST_CASE("a connection to a number serves the name in Host, or the number itself") {
  CHECK(number("/x", "b.org") == "b.org:80 /x");
  CHECK(number("http://b.org/x", "b.org") == "b.org:80 /x");
  CHECK(number("/x", "8.8.8.8") == "8.8.8.8:80 /x");
  CHECK(number("/x", "9.9.9.9") == "none");
  CHECK(number("/x", "b.org:81") == "none");
  CHECK(number("http://b.org/x", "c.org") == "none");
}

TEST_CASE("the proxy serves absolute targets that Host agrees with") {
  CHECK(proxied("http://b.org:8080/x", "b.org:8080") == "b.org:8080 /x");
  CHECK(proxied("http://b.org", "b.org") == "b.org:80 /");
  CHECK(proxied("http://[::1]/x", "[::1]") == "[::1]:80 /x");
  CHECK(proxied("http://b.org/x", "c.org") == "none");
  CHECK(proxied("http://b.org:8080/x", "b.org") == "none");
  CHECK(proxied("/x", "b.org") == "none");
}

TEST_CASE("without a Host header, as HTTP/1.0 may be, the request line must not lead elsewhere") {
  const auto old = [](const std::string& line, const Target& known) {
    const auto head = std::get<RequestHead>(parse_request_head("GET " + line + " HTTP/1.0\r\n\r\n", 4096));
    return asked_target(head, known, HttpRole::transparent).has_value();
  };
  CHECK(old("/", kNamed));
  CHECK(old("http://a.org/", kNamed));
  CHECK_FALSE(old("http://b.org/", kNamed));
}

TEST_CASE("what is sent on is the guest's, without what was meant for a proxy") {
  const auto head =
      std::get<RequestHead>(parse_request_head("GET http://a.org/x HTTP/1.1\r\nHost: a.org\r\nProxy-Authorization: "
                                               "x\r\nProxy-Connection: y\r\nConnection: keep-alive\r\nX: 1\r\n\r\n",
                                               4096));
  CHECK(outgoing_head(head, "/x", HttpRole::proxy) ==
        "GET /x HTTP/1.1\r\nHost: a.org\r\nX: 1\r\nConnection: close\r\n\r\n");
  CHECK(outgoing_head(head, "/x", HttpRole::transparent) ==
        "GET /x HTTP/1.1\r\nHost: a.org\r\nConnection: keep-alive\r\nX: 1\r\n\r\n");
}

}  // namespace agentbox::request_target_test
