// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/download.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "fetch/report.hpp"
#include "sys/environment.hpp"
#include "sys/file_lock.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/signals.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <optional>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

/// What says how to reach a server. The keys that others of the user's variables hold are nothing to a program that
/// speaks with the network.
std::vector<std::string> network_environment() {
  std::vector<std::string> environment;
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
                           "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH"}) {
    if (const auto value = host_variable(name)) environment.push_back(std::string(name) + "=" + *value);
  }
  return environment;
}

/// "DONE TOTAL" as people read it. None: these are no such numbers.
std::optional<std::string> shown_progress(std::string_view numbers) {
  std::uint64_t done = 0;
  std::uint64_t all = 0;
  const char* const end = numbers.data() + numbers.size();
  const auto first = std::from_chars(numbers.data(), end, done);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ' ') return std::nullopt;
  if (std::from_chars(first.ptr + 1, end, all).ec != std::errc()) return std::nullopt;
  if (all == 0) return ByteSize(done).to_string();
  return std::to_string(done / (all / 100 + 1)) + "% of " + ByteSize(all).to_string();
}

/// The address is told by a pipe, which holds it whole: it may have a password in it.
UniqueFd pipe_with(const std::string& url) {
  PipeEnds pipe = make_pipe();
  write_all(pipe.write.get(), url);
  return std::move(pipe.read);
}

Error download_error(const std::string& url, const std::string& reason) {
  return {ErrorKind::environment, "cannot download " + escape_untrusted(url, 300) + ": " + reason,
          "check the url in the base image's definition, your network, and proxy variables (https_proxy)"};
}

// A digest that is not the expected one, or empty.
std::string wrong_digest(const fs::path& file, const std::string& expected) {
  std::string digest = sha512_hex_of_file(file);
  return digest == expected ? std::string{} : digest;
}

}  // namespace

void download(const fs::path& program, const std::string& url, const fs::path& file, ByteSize limit,
              Progress& progress) {
  if (url.size() > fetch_report::longest_address) throw download_error(url, "the address is too long");
  const UniqueFd output = open_file(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  const UniqueFd address = pipe_with(url);
  std::string reason;
  const auto on_line = [&](std::string_view line) {
    if (line.starts_with(fetch_report::failure)) {
      reason = escape_untrusted(line.substr(std::size(fetch_report::failure) - 1), 300);
    } else if (line.starts_with(fetch_report::progress)) {
      if (const auto shown = shown_progress(line.substr(std::size(fetch_report::progress) - 1)))
        progress.detail(*shown);
    }
  };
  const ExitStatus status = run_with_lines({.argv = {program, std::to_string(limit.bytes())},
                                            .environment = network_environment(),
                                            .limits = {{RLIMIT_FSIZE, limit.bytes()}, {RLIMIT_CORE, 0}}},
                                           on_line, address.get(), output.get());
  if (!status.success())
    throw download_error(url, reason.empty() ? program.filename().string() + " " + status.describe() : reason);
}

fs::path fetch_image(const CloudImageSource& image, const Downloads& downloads, Progress& progress) {
  const fs::path& directory = downloads.directory;
  const fs::path place = directory / image.sha512;
  make_directories(directory);
  const FileLock lock = FileLock::acquire(directory / (image.sha512 + ".lock"), LockMode::exclusive);
  if (fs::exists(place)) {
    if (wrong_digest(place, image.sha512).empty()) {
      return place;
    }
    progress.note("A downloaded image in the cache is damaged; it is downloaded again.");
    fs::remove(place);
  }
  // Always the same name: what a killed download leaves is overwritten by the next.
  const fs::path partial = directory / (image.sha512 + ".part");
  try {
    download(downloads.program, image.url, partial, download_limit, progress);
    if (const std::string actual = wrong_digest(partial, image.sha512); !actual.empty()) {
      throw Error(ErrorKind::environment,
                  "the image at " + escape_untrusted(image.url, 300) + " is not the expected one",
                  "expected sha512 " + image.sha512 + "\n     got sha512 " + actual +
                      "\nIf the vendor has published a new image, put its digest into the definition.");
    }
    sync_path(partial);
    fs::rename(partial, place);
  } catch (...) {
    std::error_code ignored;
    fs::remove(partial, ignored);
    throw;
  }
  return place;
}

}  // namespace agentbox
