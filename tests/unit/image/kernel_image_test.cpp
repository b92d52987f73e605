// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/kernel_image.hpp"

#include <archive.h>
#include <archive_entry.h>

#include "support/bz_image.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox::kernel_image_test {

using test::bz_image;
using test::elf_kernel;
using test::note;

namespace {

const std::string pvh_entry = note(std::string_view("Xen", 4), 18, std::string_view("\x20\x0b\0\x01", 4));

std::string packed(const std::string& content, const char* filter) {
  std::string result(content.size() + 4096, '\0');
  std::size_t size = 0;
  archive* writer = archive_write_new();
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_pathname(entry, "kernel");
  REQUIRE(archive_write_set_format_raw(writer) == ARCHIVE_OK);
  REQUIRE(archive_write_add_filter_by_name(writer, filter) == ARCHIVE_OK);
  REQUIRE(archive_write_set_bytes_in_last_block(writer, 1) == ARCHIVE_OK);
  REQUIRE(archive_write_open_memory(writer, result.data(), result.size(), &size) == ARCHIVE_OK);
  REQUIRE(archive_write_header(writer, entry) == ARCHIVE_OK);
  REQUIRE(archive_write_data(writer, content.data(), content.size()) == static_cast<la_ssize_t>(content.size()));
  REQUIRE(archive_write_close(writer) == ARCHIVE_OK);
  archive_entry_free(entry);
  archive_write_free(writer);
  return result.substr(0, size);
}

std::string image_of(const std::string& kernel, const char* filter = "zstd") {
  return bz_image(packed(kernel, filter), static_cast<std::uint32_t>(kernel.size()));
}

}  // namespace

TEST_CASE("a kernel is unpacked, whatever packed it") {
  const std::string kernel = elf_kernel(note("GNU", 3, "an id") + note("Linux", 0, "") + pvh_entry) + std::string(100'000, 'k');
  const char* filter = GENERATE("zstd", "xz", "lzma", "bzip2");
  CAPTURE(filter);
  CHECK(unpacked_kernel(image_of(kernel, filter)) == kernel);
}

TEST_CASE("what gzip packed ends with its size already") {
  const std::string kernel = elf_kernel(pvh_entry) + std::string(100'000, 'k');
  std::string gzip = packed(kernel, "gzip");
  REQUIRE(gzip.ends_with(test::bytes_of(static_cast<std::uint32_t>(kernel.size()))));
  gzip.resize(gzip.size() - 4);
  CHECK(unpacked_kernel(bz_image(gzip, static_cast<std::uint32_t>(kernel.size()))) == kernel);
}

TEST_CASE("a kernel that QEMU could not start unpacked stays packed") {
  CHECK_FALSE(unpacked_kernel(image_of(elf_kernel(""))));
  CHECK_FALSE(unpacked_kernel(image_of(elf_kernel(note("Xen", 18, "no NUL")))));
  CHECK_FALSE(unpacked_kernel(image_of(elf_kernel(note(std::string_view("Xen", 4), 1, "another note")))));
  CHECK_FALSE(unpacked_kernel(image_of("no ELF file " + pvh_entry)));
  std::string narrow = elf_kernel(pvh_entry);
  narrow[EI_CLASS] = ELFCLASS32;
  CHECK_FALSE(unpacked_kernel(image_of(narrow)));
}

TEST_CASE("a damaged kernel image is no kernel image") {
  const std::string kernel = elf_kernel(pvh_entry);
  const std::string image = image_of(kernel);
  REQUIRE(unpacked_kernel(image) == kernel);
  const std::size_t end = image.size() - std::string_view("what follows").size();
  for (std::size_t size = 0; size < end; ++size) {
    CHECK_FALSE(unpacked_kernel(std::string_view(image).substr(0, size)));
  }
  const auto with = [&](std::size_t at, std::uint32_t value) {
    std::string changed = image;
    return changed.replace(at, sizeof value, test::bytes_of(value));
  };
  for (const std::uint32_t value : {0U, 1U, 7U, 0x7fffffffU, 0xffffffffU}) {
    CAPTURE(value);
    CHECK_FALSE(unpacked_kernel(with(0x248, value)));
    CHECK_FALSE(unpacked_kernel(with(0x24c, value)));
    CHECK_FALSE(unpacked_kernel(with(end - sizeof value, value)));  // the size of what it holds
  }
}

TEST_CASE("notes and segments that lie outside of the kernel are not looked at") {
  const std::string kernel = elf_kernel(note("GNU", 3, "an id") + pvh_entry);
  for (std::size_t at = 0; at < kernel.size(); ++at) {
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string changed = kernel;
      changed[at] = byte;
      const auto found = unpacked_kernel(bz_image(changed, static_cast<std::uint32_t>(changed.size())));
      CHECK((!found || *found == changed));
    }
  }
}

TEST_CASE("a kernel is unpacked in its place, or left as it is") {
  const TempDir directory(std::filesystem::temp_directory_path(), "kernel");
  const auto file = directory.path() / "vmlinuz";
  const std::string kernel = elf_kernel(pvh_entry);
  write_file_atomically(file, image_of(kernel), 0444);
  unpack_kernel(file);
  CHECK(read_file(file) == kernel);
  unpack_kernel(file);
  CHECK(read_file(file) == kernel);
}

}  // namespace agentbox::kernel_image_test
