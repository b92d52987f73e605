// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/vendor_image.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "vm/qemu/qcow2.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// QEMU's docs/interop/qcow2.txt. All numbers are big-endian.
constexpr std::string_view qcow2_magic = "QFI\xfb";
constexpr std::size_t version_at = 4;
constexpr std::size_t backing_file_offset_at = 8;
constexpr std::size_t backing_file_size_at = 16;
constexpr std::size_t crypt_method_at = 32;
constexpr std::size_t version_2_header = 72;
constexpr std::size_t incompatible_features_at = 72;
constexpr std::size_t version_3_header = 104;
constexpr std::uint64_t corrupt = 1U << 1U;
constexpr std::uint64_t external_data_file = 1U << 2U;
constexpr std::uint64_t harmless_features = 1U << 0U | 1U << 3U | 1U << 4U;  // dirty refcounts, zstd, subclusters

constexpr std::size_t boot_signature_at = 510;
constexpr std::string_view boot_signature = "\x55\xaa";

constexpr std::chrono::minutes conversion_limit{30};

std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (const char byte : bytes.substr(at, size)) {
    value = value << 8U | static_cast<unsigned char>(byte);
  }
  return value;
}

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::environment, "will not use this disk image: " + reason,
              "name a self-contained qcow2 or raw image in the base image's definition");
}

void check_qcow2(std::string_view header) {
  if (header.size() < version_3_header) {
    refuse("it ends within its qcow2 header");
  }
  const std::uint64_t version = big_endian(header, version_at, 4);
  if (version != 2 && version != 3) {
    refuse("it is a qcow2 of unknown version " + std::to_string(version));
  }
  if (big_endian(header, backing_file_offset_at, 8) != 0 || big_endian(header, backing_file_size_at, 4) != 0) {
    refuse("it names a backing file, which would be read from this host");
  }
  if (big_endian(header, crypt_method_at, 4) != 0) {
    refuse("it is encrypted");
  }
  static_assert(version_2_header == incompatible_features_at);  // version 2 has no feature bits
  const std::uint64_t features = version == 3 ? big_endian(header, incompatible_features_at, 8) : 0;
  if ((features & external_data_file) != 0) {
    refuse("it keeps its data in another file, which would be read from this host");
  }
  if ((features & corrupt) != 0) {
    refuse("it is marked as corrupt");
  }
  if ((features & ~harmless_features) != 0) {
    refuse("it uses qcow2 features that agentbox does not know");
  }
}

std::string first_bytes(const fs::path& path) {
  const UniqueFd file = open_file(path, O_RDONLY);
  std::string bytes(vendor_header_size, '\0');
  const ssize_t count = pread(file.get(), bytes.data(), bytes.size(), 0);
  if (count < 0) {
    throw system_error("cannot read " + path.string());
  }
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

ByteSize disk_size(const fs::path& image, DiskLayer::Format format, std::string_view header) {
  return format == DiskLayer::Format::qcow2 ? qcow2_virtual_size(header) : ByteSize(fs::file_size(image));
}

void qemu_img(const std::string& what, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "qemu-img");
  const Captured result = run_and_capture({.argv = std::move(arguments)}, conversion_limit);
  if (!result.status.success()) {
    throw Error(ErrorKind::environment, "cannot " + what + " the downloaded disk image (qemu-img: " + result.status.describe() + ")",
                escape_untrusted(trim(result.error_output), 1000));
  }
}

}  // namespace

DiskLayer::Format vendor_image_format(std::string_view header) {
  if (header.starts_with(qcow2_magic)) {
    check_qcow2(header);
    return DiskLayer::Format::qcow2;
  }
  if (header.size() < vendor_header_size || header.substr(boot_signature_at, 2) != boot_signature) {
    refuse("it is neither a qcow2 file nor a bootable raw disk");
  }
  return DiskLayer::Format::raw;
}

void import_vendor_image(const fs::path& image, const fs::path& disk, ByteSize size) {
  const std::string header = first_bytes(image);
  const DiskLayer::Format format = vendor_image_format(header);
  // Bounds what a small file can blow up to, too.
  if (const ByteSize own = disk_size(image, format, header); own > size) {
    throw Error(ErrorKind::environment, "the image's disk is " + own.to_string() + ", larger than the base's " + size.to_string(),
                "raise `size:` in the base image's definition");
  }
  qemu_img("convert", {"convert", "-f", format == DiskLayer::Format::qcow2 ? "qcow2" : "raw", "-O", "qcow2", image, disk});
  qemu_img("enlarge", {"resize", "-q", "-f", "qcow2", disk, std::to_string(size.bytes())});
}

}  // namespace agentbox
