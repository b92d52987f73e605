// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/apply/journal.hpp"

#include <unistd.h>

#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* journal_name = "journal";
constexpr std::string_view phases = "smd";

std::string journal_text(const Journal& journal) {
  std::string text = journal.stage + "\n" + phases[static_cast<std::size_t>(journal.phase)] +
                     (journal.direction == ApplyDirection::forward ? "f" : "u") + "\n";
  for (const auto change : journal.changes) {
    text += std::to_string(change) + "\n";
  }
  return text;
}

}  // namespace

bool has_journal(const fs::path& directory) { return ::access((directory / journal_name).c_str(), F_OK) == 0; }

std::optional<Journal> load_journal(const fs::path& directory) {
  const auto text = read_file_if_exists(directory / journal_name, ByteSize::mebibytes(64));
  if (!text) {
    return std::nullopt;
  }
  const auto lines = split(*text, '\n');
  if (lines.size() < 3 || lines[1].size() != 2 || phases.find(lines[1][0]) == std::string_view::npos || !is_plain_name(lines[0].substr(1))) {
    throw Error(ErrorKind::environment, (directory / journal_name).string() + " was damaged");
  }
  Journal journal{.stage = lines[0],
                  .phase = static_cast<Journal::Phase>(phases.find(lines[1][0])),
                  .direction = lines[1][1] == 'f' ? ApplyDirection::forward : ApplyDirection::undo,
                  .changes = {}};
  for (std::size_t line = 2; line + 1 < lines.size(); ++line) {
    journal.changes.push_back(std::stoul(lines[line]));
  }
  return journal;
}

void save_journal(const fs::path& directory, const Journal& journal) { write_file_atomically(directory / journal_name, journal_text(journal)); }

void remove_journal(const fs::path& directory) noexcept { ::unlink((directory / journal_name).c_str()); }

}  // namespace agentbox
