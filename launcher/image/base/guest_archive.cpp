// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/guest_archive.hpp"

#include "sys/files.hpp"

namespace agentbox {
namespace {

constexpr unsigned guest_user_id = 1000;

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
  ArchiveWriter tar(ArchiveWriter::Format::gnu_tar);
  for (const auto& entry : entries) {
    tar.add(entry);
  }
  return tar.finish();
}

void write_tar(const std::filesystem::path& path, const std::vector<ArchiveEntry>& entries) {
  write_file_atomically(path, tar_of(entries), 0600);
}

}  // namespace agentbox
