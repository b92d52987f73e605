// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/process_usage.hpp"

#include "core/text.hpp"
#include "sys/process.hpp"

#include <unistd.h>

#include <charconv>
#include <string>
#include <vector>

namespace agentbox {

namespace {

std::uint64_t number_at(std::string_view text) {
  text = trim(text);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// "RssAnon:     1234 kB"
std::uint64_t kilobytes(std::string_view status, std::string_view name) {
  const std::size_t at = status.find("\n" + std::string(name) + ":");
  return at == std::string_view::npos ? 0 : number_at(status.substr(at + name.size() + 2, 40));
}

/// Those that its first thread has started; none where the kernel does not tell.
std::vector<pid_t> children_of(pid_t pid) {
  const auto text = read_of_process(pid, ("task/" + std::to_string(pid) + "/children").c_str());
  std::vector<pid_t> children;
  for (const auto& word : split(text ? trim(*text) : std::string_view(), ' ')) {
    if (const auto child = static_cast<pid_t>(number_at(word)); child > 0) {
      children.push_back(child);
    }
  }
  return children;
}

}  // namespace

std::optional<ProcessUsage> process_usage(pid_t pid) {
  const auto stat = read_of_process(pid, "stat");
  const auto status = read_of_process(pid, "status");
  // The program's name in parentheses may hold anything; the first field behind it is number 3.
  const auto name_end = stat ? stat->rfind(')') : std::string::npos;
  if (!status || name_end == std::string::npos) {
    return std::nullopt;
  }
  const auto fields = split(trim(std::string_view(*stat).substr(name_end + 1)), ' ');
  constexpr std::size_t user_time = 14 - 3;
  constexpr std::size_t system_time = 15 - 3;
  if (fields.size() <= system_time) {
    return std::nullopt;
  }
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const std::uint64_t used = number_at(fields[user_time]) + number_at(fields[system_time]);
  return ProcessUsage{.processor = std::chrono::milliseconds(used * 1000 / ticks),
                      .memory = ByteSize((kilobytes(*status, "RssAnon") + kilobytes(*status, "RssShmem")) * 1024)};
}

std::optional<ProcessUsage> usage_with_descendants(pid_t pid) {
  constexpr std::size_t most = 64;
  auto sum = process_usage(pid);
  std::vector<pid_t> all{pid};
  for (std::size_t i = 0; sum && i < all.size(); ++i) {
    for (const pid_t child : children_of(all[i])) {
      const auto usage = process_usage(child);
      if (usage && all.size() < most) {
        sum->processor += usage->processor;
        sum->memory = ByteSize(sum->memory.bytes() + usage->memory.bytes());
        all.push_back(child);
      }
    }
  }
  return sum;
}

}  // namespace agentbox
