// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/archive_writer.hpp"

#include <archive_entry.h>

#include <utility>

#include "core/error.hpp"

namespace agentbox {
namespace {

struct EntryDeleter {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

la_ssize_t append_to_string(archive* /*handle*/, void* target, const void* data, std::size_t size) {
  static_cast<std::string*>(target)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

ArchiveWriter::ArchiveWriter(Format format) : handle_(archive_write_new()) {
  if (format == Format::gnu_tar) {
    check(archive_write_set_format_gnutar(handle_.get()));
  } else {
    check(archive_write_set_format_iso9660(handle_.get()));
    check(archive_write_set_options(handle_.get(), "iso9660:volume-id=cidata,iso9660:rockridge=useful,iso9660:!joliet"));
  }
  check(archive_write_open(handle_.get(), &bytes_, nullptr, append_to_string, nullptr));
}

void ArchiveWriter::add(const ArchiveEntry& file) {
  const std::unique_ptr<archive_entry, EntryDeleter> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), file.path.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), static_cast<unsigned short>(file.mode));
  archive_entry_set_uid(entry.get(), file.uid);
  archive_entry_set_gid(entry.get(), file.uid);
  check(archive_write_header(handle_.get(), entry.get()));
  if (archive_write_data(handle_.get(), file.content.data(), file.content.size()) != static_cast<la_ssize_t>(file.content.size())) {
    check(ARCHIVE_FATAL);
  }
}

std::string ArchiveWriter::finish() {
  check(archive_write_close(handle_.get()));
  return std::move(bytes_);
}

void ArchiveWriter::check(int result) {
  if (result != ARCHIVE_OK) {
    const char* reason = archive_error_string(handle_.get());
    throw Error(ErrorKind::environment, std::string("cannot write an archive: ") + (reason != nullptr ? reason : "unknown error"));
  }
}

}  // namespace agentbox
