// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/qcow2.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::qcow2_test {

namespace {

std::uint64_t number(const std::string& image, std::size_t offset, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    value = value << 8U | static_cast<unsigned char>(image.at(offset + i));
  }
  return value;
}

}  // namespace

// Offsets are those of the table "header" in QEMU's docs/interop/qcow2.txt. tests/integration lets QEMU judge.
TEST_CASE("the header of an empty overlay") {
  const std::string image = empty_qcow2_overlay({"/data/base.qcow2"}, ByteSize::gibibytes(20));
  CHECK(number(image, 0, 4) == 0x514649fb);
  CHECK(number(image, 4, 4) == 3);
  const auto name_offset = number(image, 8, 8);
  CHECK(image.substr(name_offset, number(image, 16, 4)) == "/data/base.qcow2");
  CHECK(number(image, 20, 4) == 16);
  CHECK(number(image, 24, 8) == ByteSize::gibibytes(20).bytes());
  CHECK(number(image, 36, 4) == 80);  // 20 GiB / 256 MiB per L1 entry
  CHECK(number(image, 72, 8) == 16);  // incompatible features: extended L2 entries
  CHECK(number(image, 96, 4) == 4);
  CHECK(number(image, 100, 4) == 104);
  CHECK(number(image, 104, 4) == 0xe2792aca);
  CHECK(image.substr(112, number(image, 108, 4)) == "qcow2");
  CHECK(image.size() == 4 * 65536);
  CHECK(qcow2_virtual_size(image) == ByteSize::gibibytes(20));
}

TEST_CASE("odd sizes, raw backing, the longest name") {
  CHECK(qcow2_virtual_size(empty_qcow2_overlay({"/b", DiskLayer::Format::raw}, ByteSize(1))) == ByteSize(512));
  CHECK(empty_qcow2_overlay({"/b", DiskLayer::Format::raw}, ByteSize(1)).substr(112, 3) == "raw");
  // An L1 table longer than a cluster.
  CHECK(empty_qcow2_overlay({"/b"}, ByteSize::gibibytes(8192)).size() == 7 * 65536);
  CHECK_NOTHROW(empty_qcow2_overlay({"/" + std::string(1022, 'x')}, ByteSize(512)));
  CHECK_THROWS_AS(empty_qcow2_overlay({"/" + std::string(1023, 'x')}, ByteSize(512)), Error);
}

TEST_CASE("a header that is none is refused") {
  const std::string good = empty_qcow2_overlay({"/b"}, ByteSize::gibibytes(1)).substr(0, 104);
  for (std::size_t cut = 0; cut < 32; ++cut) {
    CHECK_THROWS_AS(qcow2_virtual_size(good.substr(0, cut)), Error);
  }
  std::string bad = good;
  bad[0] = 'R';
  CHECK_THROWS_AS(qcow2_virtual_size(bad), Error);
  bad = good;
  bad[7] = 4;  // version
  CHECK_THROWS_AS(qcow2_virtual_size(bad), Error);
  bad = good;
  bad[24] = '\x7f';  // size
  CHECK_THROWS_AS(qcow2_virtual_size(bad), Error);
  bad = good;
  bad.replace(24, 8, 8, '\0');
  CHECK_THROWS_AS(qcow2_virtual_size(bad), Error);
}

}  // namespace agentbox::qcow2_test
