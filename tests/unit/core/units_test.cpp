// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/units.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::units_test {

using namespace std::chrono_literals;

TEST_CASE("ByteSize::parse") {
  struct Case {
    const char* text;
    std::uint64_t bytes;
  };
  const Case good[] = {
      {"512M", 536870912},
      {"2G", 2147483648},
      {"2GiB", 2147483648},
      {"2g", 2147483648},
      {"1.5G", 1610612736},
      {"0.5K", 512},
      {"1KiB", 1024},
      {"3T", 3298534883328},
      {"0M", 0},
      {"1.000001M", 1048577},
      {"16777215T", 18446742974197923840ULL},
  };
  for (const auto& [text, bytes] : good) {
    INFO(text);
    CHECK(ByteSize::parse(text).bytes() == bytes);
  }
  for (const char* text : {"",
                           "512",
                           "G",
                           "1.G",
                           ".5G",
                           "1.5",
                           "-1G",
                           "+1G",
                           " 1G",
                           "1G ",
                           "1 G",
                           "1GB",
                           "1Gib",
                           "1GiBB",
                           "0x1G",
                           "1e3M",
                           "1.1234567G",
                           "16777216T",
                           "99999999999999999999G",
                           "1,5G",
                           "1..5G",
                           "1P"}) {
    INFO(text);
    CHECK_THROWS_AS(ByteSize::parse(text), Error);
  }
}

TEST_CASE("an error about a size names the text and what would be accepted") {
  try {
    ByteSize::parse("2\x1b[2J");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string(error.what()) == "\"2\\x1b[2J\" is not a size");
    CHECK(error.hint().find("512M") != std::string::npos);
  }
}

TEST_CASE("ByteSize::to_string") {
  CHECK(ByteSize(0).to_string() == "0 B");
  CHECK(ByteSize(1023).to_string() == "1023 B");
  CHECK(ByteSize(1024).to_string() == "1 KiB");
  CHECK(ByteSize::mebibytes(512).to_string() == "512 MiB");
  CHECK(ByteSize::gibibytes(2).to_string() == "2 GiB");
  CHECK(ByteSize::mebibytes(1434).to_string() == "1.4 GiB");
  CHECK(ByteSize(1024 * 1024 - 1).to_string() == "1 MiB");  // and not "1024 KiB"
  CHECK(ByteSize(std::numeric_limits<std::uint64_t>::max()).to_string() == "16777216 TiB");
}

TEST_CASE("Port::parse") {
  CHECK(Port::parse("1").number() == 1);
  CHECK(Port::parse("65535").number() == 65535);
  for (const char* text :
       {"", "0", "65536", "99999999999999999999", "-1", "+1", " 22", "22 ", "022", "0x16", "ssh", "22/tcp"}) {
    INFO(text);
    CHECK_THROWS_AS(Port::parse(text), Error);
  }
  CHECK_THROWS_AS(Port(0), Error);
}

TEST_CASE("parse_duration") {
  CHECK(parse_duration("90s") == 90s);
  CHECK(parse_duration("30m") == 30min);
  CHECK(parse_duration("2h") == 2h);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("1h0m5s") == 3605s);
  CHECK(parse_duration("1h5s") == 3605s);
  CHECK(parse_duration("3d") == 72h);
  CHECK(parse_duration("1d12h") == 36h);
  for (const char* text : {"", "90", "s", "1w", "h1d", "m30", "30m1h", "1h1h", "1.5h", "-1s", "1h ", " 1h", "1h 30m",
                           "10000000000s", "1H", "99999999999999999999s"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_duration(text), Error);
  }
}

TEST_CASE("format_duration") {
  CHECK(format_duration(0ms) == "0.00 s");
  CHECK(format_duration(840ms) == "0.84 s");
  CHECK(format_duration(9994ms) == "9.99 s");
  CHECK(format_duration(9995ms) == "10 s");
  CHECK(format_duration(12s) == "12 s");
  CHECK(format_duration(59499ms) == "59 s");
  CHECK(format_duration(59500ms) == "1 min 0 s");
  CHECK(format_duration(200s) == "3 min 20 s");
  CHECK(format_duration(2h + 5min + 59s) == "2 h 5 min");
  CHECK(format_duration(-5ms) == "0.00 s");
}

}  // namespace agentbox::units_test
