// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/held_output.hpp"

#include "core/error.hpp"
#include "sys/files.hpp"

#include <fcntl.h>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_log = 1U << 20U;

}  // namespace

void HeldOutput::keep_in(const fs::path& directory) {
  log_ = directory / held_output_name;
  file_ = open_file(log_, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
}

void HeldOutput::on_output(std::string_view shown) {
  modes_.feed(shown);
  if (!file_ || shown.empty()) {
    return;
  }
  try {
    if (written_ + shown.size() > largest_log) {
      fs::rename(log_, log_.parent_path() / older_held_output_name);
      file_ = open_file(log_, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
      written_ = 0;
    }
    write_all(file_.get(), shown);
    written_ += shown.size();
  } catch (const std::exception&) {
    file_.reset();  // a full disk: the session is worth more than its log
  }
}

}  // namespace agentbox
