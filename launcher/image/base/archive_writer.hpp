// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <archive.h>

#include <memory>
#include <string>

namespace agentbox {

/// A file of an archive that goes to a guest.
struct ArchiveEntry {
  std::string path;     ///< in the guest, relative to its root
  std::string content;
  unsigned mode;
  unsigned uid = 0;     ///< owner and group
};

/// An archive in memory, by libarchive. Throws Error{environment} when that fails.
class ArchiveWriter {
 public:
  enum class Format {
    gnu_tar,      ///< not pax: it wants names in UTF-8, which libarchive cannot make in the C locale; this one takes bytes as they are
    nocloud_iso,  ///< ISO 9660 with the volume's name that cloud-init looks for (its NoCloud data source)
  };

  explicit ArchiveWriter(Format format);
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  /// A regular file.
  void add(const ArchiveEntry& file);

  /// The whole archive; nothing can be added then.
  [[nodiscard]] std::string finish();

 private:
  struct Deleter {
    void operator()(archive* handle) const { archive_write_free(handle); }
  };

  void check(int result);

  std::string bytes_;  // libarchive holds its address
  std::unique_ptr<archive, Deleter> handle_;
};

}  // namespace agentbox
