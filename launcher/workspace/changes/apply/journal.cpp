// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/apply/journal.hpp"

#include <unistd.h>

#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "workspace/changes/record.hpp"

// Fields (record.hpp): the magic, stage, phase, direction, how many steps, and for each of them its change, path, before and after; "end".

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* journal_name = "journal";
constexpr const char* journal_magic = "agentbox journal 1";
constexpr std::string_view phase_letters = "smd";  // in the order of Journal::Phase
constexpr std::string_view stage_prefix = ".agentbox-apply-";

std::string journal_text(const Journal& journal) {
  std::string text;
  put_field(text, journal_magic);
  put_field(text, journal.stage);
  put_field(text, phase_letters.substr(static_cast<std::size_t>(journal.phase), 1));
  put_field(text, journal.direction == ApplyDirection::forward ? "f" : "u");
  put_field(text, std::to_string(journal.steps.size()));
  for (const auto& step : journal.steps) {
    put_field(text, std::to_string(step.change));
    put_field(text, step.path);
    put_state(text, step.before);
    put_state(text, step.after);
  }
  put_field(text, "end");
  return text;
}

Journal parse_journal(std::string_view text) {
  FieldReader fields(text);
  if (fields.text() != journal_magic) {
    damaged_record();
  }
  Journal journal;
  journal.stage = fields.text();
  if (!journal.stage.starts_with(stage_prefix) || journal.stage.find('/') != std::string::npos) {
    damaged_record();
  }
  journal.phase = static_cast<Journal::Phase>(fields.choice(phase_letters));
  journal.direction = fields.choice("fu") == 0 ? ApplyDirection::forward : ApplyDirection::undo;
  for (auto count = fields.number(); count > 0; --count) {
    Step step;
    step.change = fields.number();
    step.path = fields.text();
    step.before = fields.state();
    step.after = fields.state();
    journal.steps.push_back(std::move(step));
  }
  if (fields.text() != "end" || !fields.at_end()) {
    damaged_record();
  }
  return journal;
}

}  // namespace

bool has_journal(const fs::path& directory) { return ::access((directory / journal_name).c_str(), F_OK) == 0; }

std::optional<Journal> load_journal(const fs::path& directory) {
  const auto text = read_file_if_exists(directory / journal_name, ByteSize::gibibytes(1));
  if (!text) {
    return std::nullopt;
  }
  try {
    return parse_journal(*text);
  } catch (const Error&) {
    throw Error(ErrorKind::environment, (directory / journal_name).string() + " was damaged",
                "a directory .agentbox-apply-* in the project holds what was there before");
  }
}

void save_journal(const fs::path& directory, const Journal& journal) { write_file_atomically(directory / journal_name, journal_text(journal)); }

void remove_journal(const fs::path& directory) noexcept { ::unlink((directory / journal_name).c_str()); }

std::string new_stage_name() { return std::string(stage_prefix) + random_hex(4); }

}  // namespace agentbox
