// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/base_image.hpp"
#include "image/base/archive_writer.hpp"
#include "store/directories.hpp"

namespace agentbox {

/// What every guest of ours holds: the helper, the setup script, the initrd's init, and (taken away by setup) the keys.
std::vector<ArchiveEntry> guest_entries(const ShippedFiles& shipped, const std::string& host_private_key,
                                        const std::string& authorized_key);

/// A definition's `files:`.
std::vector<ArchiveEntry> file_entries(const std::vector<ImageFile>& files);

/// Writes a tar archive (GNU format) by libarchive; missing parent directories are the extractor's to make.
void write_tar(const std::filesystem::path& path, const std::vector<ArchiveEntry>& entries);
/// The same in memory, for sending to a guest.
std::string tar_of(const std::vector<ArchiveEntry>& entries);

}  // namespace agentbox
