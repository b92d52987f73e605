// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/guest_archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "core/error.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

constexpr unsigned guest_user_id = 1000;

struct ArchiveDeleter {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct EntryDeleter {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

void check(int result, archive* handle) {
  if (result != ARCHIVE_OK) {
    throw Error(ErrorKind::environment, std::string("cannot write an archive: ") + archive_error_string(handle));
  }
}

la_ssize_t append_to_string(archive* /*handle*/, void* target, const void* data, std::size_t size) {
  static_cast<std::string*>(target)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

std::vector<ArchiveEntry> guest_entries(const ShippedFiles& shipped, const std::string& host_private_key,
                                        const std::string& authorized_key) {
  const auto guest = shipped.definitions / "base-images" / "guest";
  const std::string home = "usr/lib/agentbox/";
  return {
      {home + "agentbox-guest", read_file(shipped.guest_helper), 0755},
      {home + "setup.sh", read_file(guest / "setup.sh"), 0755},
      {home + "init", read_file(guest / "init"), 0755},
      {home + "keys/host_key", host_private_key, 0600},
      {home + "keys/authorized_key", authorized_key + "\n", 0644},
  };
}

std::vector<ArchiveEntry> file_entries(const std::vector<ImageFile>& files) {
  std::vector<ArchiveEntry> entries;
  for (const auto& file : files) {
    entries.push_back({.path = file.path.substr(1),
                       .content = file.content ? *file.content : read_file(file.source, ByteSize::mebibytes(256)),
                       .mode = file.mode,
                       .uid = file.owner == "user" ? guest_user_id : 0});
  }
  return entries;
}

std::string tar_of(const std::vector<ArchiveEntry>& entries) {
  std::string bytes;
  const std::unique_ptr<archive, ArchiveDeleter> handle(archive_write_new());
  // Not pax: it wants names in UTF-8, which libarchive cannot make in the C locale. This one takes bytes as they are.
  check(archive_write_set_format_gnutar(handle.get()), handle.get());
  check(archive_write_open(handle.get(), &bytes, nullptr, append_to_string, nullptr), handle.get());
  for (const auto& item : entries) {
    const std::unique_ptr<archive_entry, EntryDeleter> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), item.path.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(item.content.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), static_cast<unsigned short>(item.mode));
    archive_entry_set_uid(entry.get(), item.uid);
    archive_entry_set_gid(entry.get(), item.uid);
    check(archive_write_header(handle.get(), entry.get()), handle.get());
    const la_ssize_t written = archive_write_data(handle.get(), item.content.data(), item.content.size());
    if (written != static_cast<la_ssize_t>(item.content.size())) {
      check(ARCHIVE_FATAL, handle.get());
    }
  }
  check(archive_write_close(handle.get()), handle.get());
  return bytes;
}

void write_tar(const std::filesystem::path& path, const std::vector<ArchiveEntry>& entries) {
  write_file_atomically(path, tar_of(entries), 0600);
}

}  // namespace agentbox
