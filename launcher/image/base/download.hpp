// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/base_image.hpp"
#include "core/progress.hpp"
#include "core/units.hpp"

#include <filesystem>
#include <string>

namespace agentbox {

/// More than any cloud image, less than what fills a disk unnoticed.
inline constexpr ByteSize download_limit = ByteSize::gibibytes(8);

/// Fetches url (http, https or file) into a new file, overwriting what is there, by a process of its own (program is
/// ShippedFiles::fetch_program) that can change no other file. Certificates are verified, against SSL_CERT_FILE or
/// CURL_CA_BUNDLE where set; proxies come from the environment. At most 5 redirects, to http and https only. Throws
/// Error{environment} when it fails, stalls for a minute or is longer than limit; Interrupted.
/// After a throw the file's content is of no use.
void download(const std::filesystem::path& program, const std::string& url, const std::filesystem::path& file,
              ByteSize limit, Progress& progress);

struct Downloads {
  std::filesystem::path directory;  ///< the cache
  std::filesystem::path program;    ///< agentbox-fetch
};

/// The image's file in the cache (DIRECTORY/SHA512), downloaded first when it is not there. One downloader at a time
/// per image. What stands in the cache under a digest has that digest: it is checked on each use. Throws
/// Error{environment} with both digests when the image is not the expected one; it is not kept then.
std::filesystem::path fetch_image(const CloudImageSource& image, const Downloads& downloads, Progress& progress);

}  // namespace agentbox
