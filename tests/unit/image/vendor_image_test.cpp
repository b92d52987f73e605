// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/vendor_image.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::vendor_image_test {

using Catch::Matchers::Contains;
using Format = DiskLayer::Format;

namespace {

void put(std::string& header, std::size_t at, std::size_t size, std::uint64_t value) {
  for (std::size_t i = 0; i < size; ++i) {
    header[at + i] = static_cast<char>(value >> (8 * (size - 1 - i)) & 0xffU);
  }
}

/// A sound version 3 header of a 1 GiB disk.
std::string qcow2_header(std::uint64_t version = 3) {
  std::string header(vendor_header_size, '\0');
  header.replace(0, 4, "QFI\xfb");
  put(header, 4, 4, version);
  put(header, 20, 4, 16);
  put(header, 24, 8, 1U << 30U);
  put(header, 100, 4, 104);
  return header;
}

std::string with(std::size_t at, std::size_t size, std::uint64_t value, std::uint64_t version = 3) {
  std::string header = qcow2_header(version);
  put(header, at, size, value);
  return header;
}

std::string refusal(const std::string& header) {
  try {
    static_cast<void>(vendor_image_format(header));
    return "not refused";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a self-contained qcow2 image is one") {
  CHECK(vendor_image_format(qcow2_header(2)) == Format::qcow2);
  CHECK(vendor_image_format(qcow2_header(3)) == Format::qcow2);
  CHECK(vendor_image_format(with(72, 8, 0x19)) == Format::qcow2);  // dirty, zstd, subclusters
  CHECK(vendor_image_format(with(72, 8, 0xffff, 2)) == Format::qcow2);  // version 2 has no feature bits there
}

TEST_CASE("an image that names a backing file is refused") {
  // The classic hostile image: backing_file=/etc/shadow. Converted, the disk of the guest would hold the host's file.
  CHECK_THAT(refusal(with(8, 8, 0x68)), Contains("backing file"));
  CHECK_THAT(refusal(with(16, 4, 11)), Contains("backing file"));
  CHECK_THAT(refusal(with(8, 8, 0x68, 2)), Contains("backing file"));
}

TEST_CASE("an image that keeps its data in another file is refused") {
  // The same with an external data file (CVE-2024-4467): even asking qemu-img about such an image opens that file.
  CHECK_THAT(refusal(with(72, 8, 1U << 2U)), Contains("another file"));
}

TEST_CASE("encrypted, corrupt and unknown images are refused") {
  CHECK_THAT(refusal(with(32, 4, 1)), Contains("encrypted"));
  CHECK_THAT(refusal(with(72, 8, 1U << 1U)), Contains("corrupt"));
  CHECK_THAT(refusal(with(72, 8, 1U << 5U)), Contains("features"));
  CHECK_THAT(refusal(with(72, 8, std::uint64_t{1} << 63U)), Contains("features"));
  CHECK_THAT(refusal(qcow2_header(1)), Contains("version 1"));
  CHECK_THAT(refusal(qcow2_header(0xffffffff)), Contains("version 4294967295"));
}

TEST_CASE("a raw disk is known by its boot sector") {
  std::string sector(vendor_header_size, '\0');
  CHECK_THAT(refusal(sector), Contains("neither"));
  sector[510] = '\x55';
  sector[511] = '\xaa';
  CHECK(vendor_image_format(sector) == Format::raw);
}

TEST_CASE("what is cut short is refused, wherever it is cut") {
  const std::string header = qcow2_header();
  for (std::size_t length = 0; length < 104; ++length) {
    CAPTURE(length);
    CHECK(refusal(header.substr(0, length)) != "not refused");
  }
  std::string sector(vendor_header_size, '\x55');
  sector[511] = '\xaa';
  CHECK_THAT(refusal(sector.substr(0, 511)), Contains("neither"));
}

TEST_CASE("a compressed image is not taken for a raw disk") {
  const std::string xz = std::string("\xfd" "7zXZ\0", 6) + std::string(600, 'x');
  CHECK_THAT(refusal(xz.substr(0, vendor_header_size)), Contains("neither a qcow2 file nor a bootable raw disk"));
}

}  // namespace agentbox::vendor_image_test
