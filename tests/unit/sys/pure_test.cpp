// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/wait.hpp"

#include <limits>

namespace agentbox::pure_test {

using namespace std::chrono_literals;

TEST_CASE("poll_timeout") {
  CHECK(poll_timeout(std::nullopt) == -1);
  CHECK(poll_timeout(Clock::now() - 1s) == 0);
  CHECK(poll_timeout(Clock::now()) == 0);
  CHECK(poll_timeout(Clock::now() + 1000h) > 0);
  CHECK(poll_timeout(Deadline::max()) == std::numeric_limits<int>::max());
}

TEST_CASE("SHA-256 of the standard's own examples") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("random_hex") {
  CHECK(random_hex(0).empty());
  CHECK(random_hex(16).size() == 32);
  CHECK(random_hex(16).find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(random_hex(16) != random_hex(16));
}

}  // namespace agentbox::pure_test
