// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>

namespace agentbox {

namespace {

bool is_program(const std::filesystem::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<std::string> read_of_process(pid_t pid, const char* file) {
  try {
    return read_file_if_exists("/proc/" + std::to_string(pid) + "/" + file, ByteSize::mebibytes(1));
  } catch (const Error&) {
    return std::nullopt;  // it ended after the file was opened: the read then fails with ESRCH
  }
}

std::filesystem::path find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  if (name.empty() || name.find('/') != std::string_view::npos) {
    return {};
  }
  // mke2fs and the like need no rights of root, but Debian keeps them where a user's PATH does not lead.
  const std::string places = std::string(path != nullptr ? path : "") + ":/usr/local/sbin:/usr/sbin:/sbin";
  for (const auto& entry : split(places, ':')) {
    // An empty or relative entry means "wherever I happen to be": a hostile project directory, say.
    if (entry.empty() || entry.front() != '/') {
      continue;
    }
    const auto candidate = std::filesystem::path(entry) / name;
    if (is_program(candidate)) {
      return candidate;
    }
  }
  return {};
}

std::optional<std::uint64_t> process_start_time(pid_t pid) {
  const auto stat = read_of_process(pid, "stat");
  // Field 2 is the program's name in parentheses, chosen by the program: it may hold spaces and parentheses itself.
  const auto name_end = stat ? stat->rfind(')') : std::string::npos;
  if (name_end == std::string::npos) {
    return std::nullopt;
  }
  const auto fields = split(trim(std::string_view(*stat).substr(name_end + 1)), ' ');
  constexpr std::size_t start_time_field = 22 - 3;  // the first one after the name is field 3
  if (fields.size() <= start_time_field) {
    return std::nullopt;
  }
  const std::string& text = fields[start_time_field];
  std::uint64_t ticks = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ticks);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(ticks) : std::nullopt;
}

std::vector<pid_t> processes_about(std::string_view name, std::string_view text) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string directory = entry.path().filename();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(directory.data(), directory.data() + directory.size(), pid);
    if (error != std::errc{} || end != directory.data() + directory.size()) {
      continue;
    }
    const auto its_name = read_of_process(pid, "comm");
    if (its_name && trim(*its_name) == name && read_of_process(pid, "cmdline").value_or("").find(text) != std::string::npos) {
      found.push_back(pid);
    }
  }
  return found;
}

}  // namespace agentbox
