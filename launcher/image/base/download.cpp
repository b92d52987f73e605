// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/download.hpp"

#include <curl/curl.h>
#include <fcntl.h>

#include <cstdlib>
#include <exception>
#include <memory>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/file_lock.hpp"
#include "sys/files.hpp"
#include "sys/signals.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr long redirect_limit = 5;
constexpr long connect_seconds = 30;
constexpr long stall_seconds = 60;
constexpr long stall_bytes_per_second = 100;

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

// What libcurl's callbacks work on. No exception may cross libcurl's C frames: it waits here until they have returned.
struct Transfer {
  int file;
  ByteSize limit;
  Progress& progress;
  std::uint64_t received = 0;
  std::uint64_t announced_at = 0;
  std::exception_ptr failure = nullptr;
};

std::size_t on_data(char* data, std::size_t /*always 1*/, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    transfer.received += size;
    if (transfer.received > transfer.limit.bytes()) {
      throw Error(ErrorKind::environment, "more than " + transfer.limit.to_string() + " came");
    }
    write_all(transfer.file, {data, size});
    return size;
  } catch (...) {
    transfer.failure = std::current_exception();
    return size == 0 ? 1 : 0;  // any other count than size ends the transfer
  }
}

// Called at least once a second, whether data comes or not.
int on_progress(void* user, curl_off_t total, curl_off_t now, curl_off_t /*upload*/, curl_off_t /*upload*/) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    throw_if_interrupted();
    const auto done = static_cast<std::uint64_t>(now);
    const auto all = static_cast<std::uint64_t>(total);
    const std::uint64_t step = all == 0 ? ByteSize::mebibytes(16).bytes() : all / 25 + 1;
    if (done >= transfer.announced_at + step) {
      transfer.announced_at = done;
      transfer.progress.detail(all == 0 ? ByteSize(done).to_string()
                                        : std::to_string(done * 100 / all) + "% of " + ByteSize(all).to_string());
    }
    return 0;
  } catch (...) {
    transfer.failure = std::current_exception();
    return 1;
  }
}

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  if (const CURLcode code = curl_easy_setopt(handle, option, value); code != CURLE_OK) {
    throw Error(ErrorKind::internal, std::string("libcurl refuses an option of ours: ") + curl_easy_strerror(code));
  }
}

// The library, unlike the curl program, does not look at these variables.
void set_certificates(CURL* handle) {
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    if (const char* path = std::getenv(name); path != nullptr && *path != '\0') {
      set(handle, CURLOPT_CAINFO, path);
      return;
    }
  }
}

std::unique_ptr<CURL, EasyDeleter> make_handle(const std::string& url, Transfer& transfer) {
  static const CURLcode library = curl_global_init(CURL_GLOBAL_DEFAULT);
  std::unique_ptr<CURL, EasyDeleter> handle(library == CURLE_OK ? curl_easy_init() : nullptr);
  if (!handle) {
    throw Error(ErrorKind::environment, "libcurl cannot start");
  }
  CURL* const curl = handle.get();
  set(curl, CURLOPT_URL, url.c_str());
  // A redirect must not lead into the host's own files. From https to http it may: the digest pins the content.
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https,file");
  set(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_FOLLOWLOCATION, 1L);
  set(curl, CURLOPT_MAXREDIRS, redirect_limit);
  set(curl, CURLOPT_FAILONERROR, 1L);
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  set(curl, CURLOPT_LOW_SPEED_TIME, stall_seconds);
  set(curl, CURLOPT_LOW_SPEED_LIMIT, stall_bytes_per_second);
  set(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(transfer.limit.bytes()));
  set(curl, CURLOPT_USERAGENT, "agentbox");
  set(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  set(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  set_certificates(curl);
  set(curl, CURLOPT_WRITEFUNCTION, on_data);
  set(curl, CURLOPT_WRITEDATA, &transfer);
  set(curl, CURLOPT_NOPROGRESS, 0L);
  set(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  set(curl, CURLOPT_XFERINFODATA, &transfer);
  return handle;
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

void download(const std::string& url, const fs::path& file, ByteSize limit, Progress& progress) {
  const UniqueFd output = open_file(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  Transfer transfer{.file = output.get(), .limit = limit, .progress = progress};
  const auto handle = make_handle(url, transfer);
  std::string reason(CURL_ERROR_SIZE, '\0');
  set(handle.get(), CURLOPT_ERRORBUFFER, reason.data());
  const CURLcode code = curl_easy_perform(handle.get());
  if (transfer.failure) {
    try {
      std::rethrow_exception(transfer.failure);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      throw download_error(url, error.what());
    }
  }
  if (code == CURLE_FILESIZE_EXCEEDED) {
    throw download_error(url, "it is longer than " + limit.to_string());
  }
  if (code != CURLE_OK) {
    reason.resize(reason.find('\0'));
    throw download_error(url, reason.empty() ? curl_easy_strerror(code) : escape_untrusted(reason, 300));
  }
}

fs::path fetch_image(const CloudImageSource& image, const fs::path& directory, Progress& progress) {
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
    download(image.url, partial, download_limit, progress);
    if (const std::string actual = wrong_digest(partial, image.sha512); !actual.empty()) {
      throw Error(ErrorKind::environment, "the image at " + escape_untrusted(image.url, 300) + " is not the expected one",
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
