// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/kernel_image.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>

#include <cstdint>
#include <cstring>
#include <memory>

#include "core/units.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

constexpr ByteSize packed_limit = ByteSize::mebibytes(128);
constexpr std::size_t unpacked_limit = std::size_t{256} << 20;

/// Nothing when it lies outside. Both sides are little-endian: agentbox runs where its guests' architecture is.
template <typename Value>
std::optional<Value> value_at(std::string_view bytes, std::size_t offset) {
  Value value;
  if (offset > bytes.size() || bytes.size() - offset < sizeof value) {
    return std::nullopt;
  }
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::optional<std::string_view> part_of(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || bytes.size() - offset < size) {
    return std::nullopt;
  }
  return bytes.substr(offset, size);
}

std::optional<std::string_view> payload_of(std::string_view image) {
  constexpr std::size_t setup_sectors_at = 0x1f1;
  constexpr std::size_t magic_at = 0x202;
  constexpr std::size_t version_at = 0x206;
  constexpr std::size_t payload_offset_at = 0x248;
  constexpr std::size_t payload_length_at = 0x24c;
  constexpr std::uint32_t magic = 0x53726448;  // "HdrS"
  constexpr std::uint16_t first_with_payload = 0x0208;
  constexpr std::size_t sector = 512;
  if (value_at<std::uint32_t>(image, magic_at) != magic || value_at<std::uint16_t>(image, version_at) < first_with_payload) {
    return std::nullopt;
  }
  const auto offset = value_at<std::uint32_t>(image, payload_offset_at);
  const auto length = value_at<std::uint32_t>(image, payload_length_at);
  if (!offset || !length) {
    return std::nullopt;
  }
  const auto sectors = static_cast<std::uint8_t>(image[setup_sectors_at]);
  return part_of(image, (sectors == 0 ? 4 : sectors + std::size_t{1}) * sector + *offset, *length);
}

struct ReaderDeleter {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

/// Exactly so many bytes, of whichever of the kernel's formats it is.
std::optional<std::string> decompressed(std::string_view data, std::size_t size) {
  const std::unique_ptr<archive, ReaderDeleter> reader(archive_read_new());
  archive_entry* entry = nullptr;
  if (!reader || archive_read_support_filter_gzip(reader.get()) != ARCHIVE_OK ||
      archive_read_support_filter_bzip2(reader.get()) != ARCHIVE_OK || archive_read_support_filter_lzma(reader.get()) != ARCHIVE_OK ||
      archive_read_support_filter_xz(reader.get()) != ARCHIVE_OK || archive_read_support_filter_zstd(reader.get()) != ARCHIVE_OK ||
      archive_read_support_format_raw(reader.get()) != ARCHIVE_OK ||
      archive_read_open_memory(reader.get(), data.data(), data.size()) != ARCHIVE_OK ||
      archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
    return std::nullopt;
  }
  std::string result(size, '\0');
  std::size_t had = 0;
  while (had < size) {
    const la_ssize_t count = archive_read_data(reader.get(), result.data() + had, size - had);
    if (count <= 0) {
      return std::nullopt;
    }
    had += static_cast<std::size_t>(count);
  }
  return result;
}

/// elf(5): name and descriptor of a note are each padded to four bytes.
bool has_pvh_entry(std::string_view notes) {
  constexpr std::uint32_t physical_entry = 18;  // XEN_ELFNOTE_PHYS32_ENTRY
  constexpr std::string_view owner("Xen", 4);   // with its NUL
  const auto padded = [](std::uint32_t size) { return (std::uint64_t{size} + 3) & ~std::uint64_t{3}; };
  while (const auto header = value_at<Elf64_Nhdr>(notes, 0)) {
    const auto name = part_of(notes, sizeof *header, header->n_namesz);
    if (name == owner && header->n_type == physical_entry) {
      return true;
    }
    const auto rest = sizeof *header + padded(header->n_namesz) + padded(header->n_descsz);
    if (rest > notes.size()) {
      return false;
    }
    notes.remove_prefix(rest);
  }
  return false;
}

bool starts_by_pvh(std::string_view kernel) {
  const auto header = value_at<Elf64_Ehdr>(kernel, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
      header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_type != ET_EXEC || header->e_machine != EM_X86_64 ||
      header->e_phentsize != sizeof(Elf64_Phdr)) {
    return false;
  }
  const auto table = part_of(kernel, header->e_phoff, std::uint64_t{header->e_phnum} * sizeof(Elf64_Phdr));
  for (std::size_t at = 0; table && at < table->size(); at += sizeof(Elf64_Phdr)) {
    const auto segment = value_at<Elf64_Phdr>(*table, at);
    if (segment->p_type == PT_NOTE) {
      const auto notes = part_of(kernel, segment->p_offset, segment->p_filesz);
      return notes && has_pvh_entry(*notes);
    }
  }
  return false;
}

}  // namespace

std::optional<std::string> unpacked_kernel(std::string_view bz_image) {
  auto payload = payload_of(bz_image);
  if (!payload || payload->size() < 2 * sizeof(std::uint32_t)) {
    return std::nullopt;
  }
  // The last four bytes are the size of what it holds: gzip has them by itself, to the others they were added.
  const auto size = *value_at<std::uint32_t>(*payload, payload->size() - sizeof(std::uint32_t));
  if (size > unpacked_limit) {
    return std::nullopt;
  }
  if (!payload->starts_with("\x1f\x8b")) {
    payload->remove_suffix(sizeof(std::uint32_t));
  }
  auto kernel = decompressed(*payload, size);
  return kernel && starts_by_pvh(*kernel) ? kernel : std::nullopt;
}

void unpack_kernel(const std::filesystem::path& kernel) {
  if (const auto unpacked = unpacked_kernel(read_file(kernel, packed_limit))) {
    write_file_atomically(kernel, *unpacked, 0444);
  }
}

}  // namespace agentbox
