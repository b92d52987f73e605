// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/loopback_url.hpp"

#include "support/catch.hpp"

namespace agentbox::loopback_url_test {

namespace {

int port_of(std::string_view url) {
  const auto port = loopback_port(url);
  return port ? port->number() : 0;
}

}  // namespace

TEST_CASE("a loopback URL tells its port, or its scheme's") {
  const auto [url, port] = GENERATE(table<const char*, int>({
      {"http://127.0.0.1:8080/v1", 8080},
      {"http://127.0.0.1", 80},
      {"https://127.0.0.1/", 443},
      {"https://localhost:8443", 8443},
      {"http://localhost/?a=b:c", 80},
      {"http://localhost#x:1", 80},
      {"http://127.1.2.3:3128", 3128},
      {"http://[::1]:4873/", 4873},
      {"http://[::1]", 80},
      {"http://user:secret@127.0.0.1:8080", 8080},
      {"http://user:p@ss@localhost:8080", 8080},
      {"http://localhost:/", 80},
  }));
  CAPTURE(url);
  CHECK(port_of(url) == port);
}

TEST_CASE("any other URL is none") {
  const std::string url = GENERATE(as<std::string>{}, "", "http://", "localhost:8080", "ftp://localhost/", "socks5://127.0.0.1:1080",
                                   "http://example.org:8080", "http://10.0.0.1", "http://localhost.example.org",
                                   "http://example.org/@127.0.0.1", "http://[::2]:80", "http://127.0.0.1@example.org:80/");
  CAPTURE(url);
  CHECK(port_of(url) == 0);
}

TEST_CASE("a name that only begins like a loopback address is none") {
  // A tunnel from the guest to a port of this host must come from an address that is ours, not from a name that
  // somebody registered to look like one.
  CHECK(port_of("http://127.0.0.1.example.org:8080/") == 0);
  CHECK(port_of("http://127.example.org/") == 0);
}

}  // namespace agentbox::loopback_url_test
