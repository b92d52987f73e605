// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0

// agentbox-fetch: what is at one URL (http, https or file), by libcurl, for the launcher; report.hpp says how they
// speak. It changes no file and starts no program: where the kernel has Landlock it gives up both before it meets the
// network.
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "fetch/report.hpp"
#include "sys/files.hpp"
#include "sys/landlock.hpp"

#include <curl/curl.h>

#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox {
namespace {

constexpr long redirect_limit = 5;
constexpr long connect_seconds = 30;
constexpr long stall_seconds = 60;
constexpr long stall_bytes_per_second = 100;

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

// What libcurl's callbacks work on. No exception may cross libcurl's C frames: it waits here until they have returned.
struct Transfer {
  ByteSize limit;
  std::uint64_t received = 0;
  std::uint64_t announced_at = 0;
  std::exception_ptr failure = nullptr;
};

/// Known to be one line, since nothing but numbers and escaped text is ever told.
void tell(const char* what, const std::string& text) { write_all(STDERR_FILENO, what + text + "\n"); }

std::size_t on_data(char* data, std::size_t /*always 1*/, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    transfer.received += size;
    if (transfer.received > transfer.limit.bytes()) {
      throw Error(ErrorKind::environment, "more than " + transfer.limit.to_string() + " came");
    }
    write_all(STDOUT_FILENO, {data, size});
    return size;
  } catch (...) {
    transfer.failure = std::current_exception();
    return size == 0 ? 1 : 0;  // any other count than size ends the transfer
  }
}

int on_progress(void* user, curl_off_t total, curl_off_t now, curl_off_t /*upload*/, curl_off_t /*upload*/) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    const auto done = static_cast<std::uint64_t>(now);
    const auto all = static_cast<std::uint64_t>(total);
    const std::uint64_t step = all == 0 ? ByteSize::mebibytes(16).bytes() : all / 25 + 1;
    if (done >= transfer.announced_at + step) {
      transfer.announced_at = done;
      tell(fetch_report::progress, std::to_string(done) + " " + std::to_string(all));
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
  std::unique_ptr<CURL, EasyDeleter> handle(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init()
                                                                                              : nullptr);
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

void fetch(const std::string& url, ByteSize limit) {
  Transfer transfer{.limit = limit};
  const auto handle = make_handle(url, transfer);
  std::string reason(CURL_ERROR_SIZE, '\0');
  set(handle.get(), CURLOPT_ERRORBUFFER, reason.data());
  const CURLcode code = curl_easy_perform(handle.get());
  if (transfer.failure) std::rethrow_exception(transfer.failure);
  if (code == CURLE_FILESIZE_EXCEEDED) {
    throw Error(ErrorKind::environment, "it is longer than " + limit.to_string());
  }
  if (code != CURLE_OK) {
    reason.resize(reason.find('\0'));
    throw Error(ErrorKind::environment, reason.empty() ? curl_easy_strerror(code) : reason);
  }
}

/// What is already open stays writable. Older kernels have none of this: then libcurl runs as any program of the user's
/// does.
void give_up_files_and_programs() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw system_error("cannot give up new privileges");
  if (landlock_abi() < least_landlock_abi) return;
  const UniqueFd ruleset = make_ruleset({{PathRule::Access::read, "/"}}, LandlockNetwork::internet);
  if (restrict_self(ruleset.get()) != 0) throw system_error("cannot enter a Landlock ruleset");
}

std::string read_url() {
  std::string url;
  std::array<char, 4096> buffer;
  for (ssize_t count = 1; count > 0;) {
    count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) throw system_error("cannot read the address");
    if (count > 0) url.append(buffer.data(), static_cast<std::size_t>(count));
    if (url.size() > fetch_report::longest_address) throw Error(ErrorKind::environment, "its address is too long");
  }
  return url;
}

std::optional<ByteSize> parse_limit(std::string_view text) {
  std::uint64_t bytes = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return ByteSize(bytes);
}

}  // namespace
}  // namespace agentbox

int main(int argc, char** argv) {
  using namespace agentbox;
  const std::optional<ByteSize> limit = argc == 2 ? parse_limit(argv[1]) : std::nullopt;
  if (!limit) {
    std::fputs("agentbox-fetch is started by agentbox\n", stderr);
    return 2;
  }
  try {
    give_up_files_and_programs();
    fetch(read_url(), *limit);
    return 0;
  } catch (const std::exception& error) {
    tell(fetch_report::failure, escape_untrusted(error.what(), 300));
    return 1;
  }
}
