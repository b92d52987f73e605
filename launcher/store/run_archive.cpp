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

std::optional<std::string> RunArchive::find(const std::string& id) const {
  std::vector<std::string> fitting;
  for (auto& known : ids()) {
    if (known == id || id == "last") {
      return known;
    }
    if (known.starts_with(id)) {
      fitting.push_back(std::move(known));
    }
  }
  if (fitting.size() > 1) {
    throw Error(ErrorKind::usage, "more than one session begins with \"" + escape_untrusted(id, 64) + "\"",
                "they are: " + join(fitting, ", "));
  }
  return fitting.empty() ? std::nullopt : std::optional(fitting.front());
}

std::string RunArchive::read(const std::string& id) const {
  const auto known = find(id);
  if (!known) {
    throw Error(ErrorKind::usage, "nothing is known of a session \"" + escape_untrusted(id, 64) + "\" that is over",
                "Of the last " + std::to_string(most_runs) + " sessions there are results; agentbox ls shows those that run.");
  }
  return read_regular_file(directory_ / (*known + ".json"), longest_document);
}

}  // namespace agentbox
