// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/qcow2.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <concepts>

namespace agentbox {
namespace {

constexpr std::uint32_t kMagic = 0x514649fb;  // "QFI\xfb"
constexpr std::uint32_t kVersion = 3;
constexpr std::uint32_t kClusterBits = 16;
constexpr std::uint64_t kCluster = std::uint64_t{1} << kClusterBits;
// What a guest writes is mostly less than a cluster. So each has 32 subclusters of its own (section "Extended L2 Entries" in QEMU's
// docs/interop/qcow2.txt): nothing around a write is copied from the backing file, nor takes room.
constexpr std::uint64_t kExtendedL2 = 1U << 4U;  // an incompatible feature: QEMU 5.2 and later
constexpr std::uint64_t kL2Entries = kCluster / 16;
constexpr std::uint32_t kRefcountOrder = 4;  // 16 bits per reference count
constexpr std::uint32_t kHeaderLength = 104;
constexpr std::uint32_t kBackingFormatExtension = 0xe2792aca;
constexpr std::size_t kLongestBackingName = 1023;
constexpr std::uint64_t kLargestDisk = std::uint64_t{64} << 40U;

template <std::unsigned_integral Number>
void put(std::string& image, std::size_t offset, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    image[offset + i] = static_cast<char>(value >> (8 * (sizeof(Number) - 1 - i)) & 0xffU);
  }
}

template <std::unsigned_integral Number>
Number get(std::string_view header, std::size_t offset) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value = static_cast<Number>(value << 8U | static_cast<unsigned char>(header[offset + i]));
  }
  return value;
}

std::uint64_t clusters_for(std::uint64_t bytes) { return (bytes + kCluster - 1) / kCluster; }

}  // namespace

ByteSize qcow2_virtual_size(std::string_view header) {
  if (header.size() < 32 || get<std::uint32_t>(header, 0) != kMagic) {
    throw Error(ErrorKind::backend, "not a qcow2 disk image");
  }
  const auto version = get<std::uint32_t>(header, 4);
  const auto size = get<std::uint64_t>(header, 24);
  if ((version != 2 && version != 3) || size == 0 || size > kLargestDisk) {
    throw Error(ErrorKind::backend, "a damaged qcow2 disk image: its version or size makes no sense");
  }
  return ByteSize(size);
}

std::string empty_qcow2_overlay(const DiskLayer& backing, ByteSize virtual_size) {
  const std::string& name = backing.path.native();
  if (name.size() > kLongestBackingName) {
    throw Error(ErrorKind::environment, "cannot make a disk overlay: the path of its base is longer than 1023 bytes: " +
                                            escape_untrusted(name, 200));
  }
  const std::string format = backing.format == DiskLayer::Format::qcow2 ? "qcow2" : "raw";
  const std::uint64_t size = (virtual_size.bytes() + 511) / 512 * 512;
  // One L2 table maps as many clusters as it has entries; one L1 entry points to one L2 table.
  const std::uint64_t l1_entries = (clusters_for(size) + kL2Entries - 1) / kL2Entries;
  const std::uint64_t refcount_table = kCluster;
  const std::uint64_t refcount_block = 2 * kCluster;
  const std::uint64_t l1_table = 3 * kCluster;
  const std::uint64_t clusters = 3 + clusters_for(l1_entries * 8);  // one refcount block can count 32768 of them

  std::string image(clusters * kCluster, '\0');
  const std::size_t extension = kHeaderLength;              // type, length, data padded to 8 bytes
  const std::size_t end_of_extensions = extension + 8 + 8;  // type 0, length 0
  const std::size_t backing_name = end_of_extensions + 8;
  put<std::uint32_t>(image, 0, kMagic);
  put<std::uint32_t>(image, 4, kVersion);
  put<std::uint64_t>(image, 8, backing_name);
  put<std::uint32_t>(image, 16, static_cast<std::uint32_t>(name.size()));
  put<std::uint32_t>(image, 20, kClusterBits);
  put<std::uint64_t>(image, 24, size);
  put<std::uint32_t>(image, 36, static_cast<std::uint32_t>(l1_entries));
  put<std::uint64_t>(image, 40, l1_table);
  put<std::uint64_t>(image, 48, refcount_table);
  put<std::uint32_t>(image, 56, 1);  // refcount_table_clusters
  put<std::uint64_t>(image, 72, kExtendedL2);
  put<std::uint32_t>(image, 96, kRefcountOrder);
  put<std::uint32_t>(image, 100, kHeaderLength);
  put<std::uint32_t>(image, extension, kBackingFormatExtension);
  put<std::uint32_t>(image, extension + 4, static_cast<std::uint32_t>(format.size()));
  std::ranges::copy(format, image.begin() + static_cast<std::ptrdiff_t>(extension) + 8);
  std::ranges::copy(name, image.begin() + static_cast<std::ptrdiff_t>(backing_name));

  put<std::uint64_t>(image, refcount_table, refcount_block);
  for (std::uint64_t i = 0; i < clusters; ++i) {
    put<std::uint16_t>(image, refcount_block + 2 * i, 1);
  }
  return image;
}

}  // namespace agentbox
