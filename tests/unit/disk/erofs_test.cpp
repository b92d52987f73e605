// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/erofs.hpp"

#include "support/catch.hpp"

#include <sys/stat.h>

#include <string>
#include <vector>

namespace agentbox::erofs_test {

namespace {

std::string hex(const auto& bytes) {
  std::string text;
  for (const unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

}  // namespace

TEST_CASE("EROFS: a superblock, byte for byte") {
  const auto bytes = erofs::encode(erofs::Superblock{.inodes = 0x0102, .root = 2, .blocks = 0x80000000,
                                                     .uuid = {'u', 'u', 'i', 'd', '-', 'o', 'f', '-', '1', '6', '-', 'b', 'y', 't', 'e', 's'}});
  CHECK(hex(bytes) == "e2e1f5e0" "00000000" "00000000" "0c" "00" "0200" "0201000000000000" "0000000000000000" "00000000" "00000080" "01000000" "00000000" "757569642d6f662d31362d6279746573" +
                          std::string(2 * (128 - 64), '0'));
}

TEST_CASE("EROFS: an inode, byte for byte") {
  const auto bytes = erofs::encode(erofs::Inode{.mode = S_IFREG | 0644,
                                                .size = 0x0a0b0c0d0e0f,
                                                .first_block = 0x11223344,
                                                .number = 5,
                                                .owner = 1000,
                                                .group = 65534,
                                                .modified = 0x65000000,
                                                .modified_nanoseconds = 9,
                                                .links = 1});
  CHECK(hex(bytes) == "0100" "0000" "a481" "0000" "0f0e0d0c0b0a0000" "44332211" "05000000" "e8030000" "feff0000" "0000006500000000" "09000000" "01000000" +
                          std::string(32, '0'));
}

TEST_CASE("EROFS: a directory's entries come before their names") {
  const std::string block = erofs::encode_directory({{".", 2, S_IFDIR}, {"..", 2, S_IFDIR}, {"a", 4, S_IFREG}, {"link", 6, S_IFLNK}});
  REQUIRE(block.size() == 4096);
  CHECK(hex(block.substr(0, 48)) ==
        "0200000000000000" "3000" "02" "00" "0200000000000000" "3100" "02" "00" "0400000000000000" "3300" "01" "00" "0600000000000000" "3400" "07" "00");
  CHECK(block.substr(48, 9) == std::string("...alink\0", 9));
}

TEST_CASE("EROFS: no name is cut at the end of a block") {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) {
    names.push_back(std::to_string(1000 + i) + std::string(static_cast<std::size_t>(i) * 2 + 50, 'n'));
  }
  std::vector<erofs::Entry> entries;
  for (const auto& name : names) {
    entries.push_back({name, 2, S_IFREG});
  }
  const std::string content = erofs::encode_directory(entries);
  CHECK(content.size() % 4096 == 0);
  for (const auto& name : names) {
    const auto at = content.find(name);
    REQUIRE(at != std::string::npos);
    CHECK(at / 4096 == (at + name.size() - 1) / 4096);
  }
  CHECK(erofs::encode_directory({{std::string(255, 'x'), 2, S_IFREG}}).size() == 4096);
}

}  // namespace agentbox::erofs_test
