// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/run_archive.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/guarded_read.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr ByteSize longest_document = ByteSize::mebibytes(16);

}  // namespace

void RunArchive::put(const std::string& id, const std::string& document) const noexcept try {
  if (!is_plain_name(id) || document.size() > longest_document.bytes()) {
    return;
  }
  make_directories(directory_, 0700);
  write_file_atomically(directory_ / (id + ".json"), document);
  const auto known = ids();
  for (std::size_t i = most_runs; i < known.size(); ++i) {
    std::error_code ignored;
    fs::remove(directory_ / (known[i] + ".json"), ignored);
  }
} catch (const std::exception&) {
}

std::vector<std::string> RunArchive::ids() const {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code missing;
  for (const auto& file : fs::directory_iterator(directory_, missing)) {
    std::error_code gone;
    const auto ended = fs::last_write_time(file.path(), gone);
    if (!gone && file.path().extension() == ".json") {
      found.emplace_back(ended, file.path().stem());
    }
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> newest_first;
  for (auto& [ended, id] : found) {
    newest_first.push_back(std::move(id));
  }
  return newest_first;
}

std::string RunArchive::read(const std::string& id) const {
  std::vector<std::string> fitting;
  for (const auto& known : ids()) {
    if (known == id || (id == "last" && fitting.empty())) {
      fitting = {known};
      break;
    }
    if (known.starts_with(id)) {
      fitting.push_back(known);
    }
  }
  const std::string named = "\"" + escape_untrusted(id, 64) + "\"";
  if (fitting.empty()) {
    throw Error(
        ErrorKind::usage, "nothing is known of a session " + named + " that is over",
        "Of the last " + std::to_string(most_runs) + " sessions there are results; agentbox ls shows those that run.");
  }
  if (fitting.size() > 1) {
    throw Error(ErrorKind::usage, "more than one session begins with " + named, "they are: " + join(fitting, ", "));
  }
  return read_regular_file(directory_ / (fitting.front() + ".json"), longest_document);
}

}  // namespace agentbox
