// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/log/session_log.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "session/egress_logs.hpp"
#include "session/held_output.hpp"
#include "session/log/session_facts.hpp"
#include "session/log/shown_output.hpp"
#include "sys/guarded_read.hpp"

#include <algorithm>
#include <utility>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr ByteSize longest_log_file = ByteSize::mebibytes(64);
constexpr std::size_t most_reached = 200;

void add_reached(const KnownSession& known, const Application& application, SessionLog& log) {
  std::vector<fs::path> files;
  try {
    files = egress_logs(known.id, application);
  } catch (const Error&) {
    return;  // it had no gateway, or that was long ago
  }
  std::vector<std::string> lines;
  for (const auto& file : files) {
    for (auto& line : split(read_regular_file(file, longest_log_file), '\n')) {
      if (!line.empty()) {
        lines.push_back(std::move(line));
      }
    }
    log.files.push_back(file);
  }
  log.reached_before = lines.size() - std::min(lines.size(), most_reached);
  for (std::size_t i = log.reached_before; i < lines.size(); ++i) {
    if (auto line = parse_reached_line(lines[i])) {
      log.reached.push_back(std::move(*line));
    }
  }
}

void add_recordings(const KnownSession& known, const Application& application, SessionLog& log) {
  for (const auto& recording : find_recordings(known, application)) {
    log.files.push_back(recording.file);
    log.output.push_back({.title = recording.title, .text = words_of_recording(recording.file)});
  }
}

// Not a mere read: the directory is writable for QEMU, and an escaped QEMU might have put a link there.
std::string read_if_there(const fs::path& file, SessionLog& log) {
  if (!fs::exists(file)) {
    return {};
  }
  log.files.push_back(file);
  return read_regular_file(file, longest_log_file);
}

void add_what_is_there(const ListedSession& session, SessionLog& log) {
  const fs::path& directory = session.directory;
  static_cast<void>(read_if_there(directory / "state.json", log));
  for (const auto& [title, file] : message_logs) {
    if (std::string text = read_if_there(directory / file, log); !text.empty()) {
      log.messages.push_back({.title = title, .text = std::move(text)});
    }
  }
  std::string shown = read_if_there(directory / older_held_output_name, log);
  shown += read_if_there(directory / held_output_name, log);
  if (!shown.empty()) {
    log.output.push_back({.title = held_output_title, .text = newest_words(shown)});
  }
}

}  // namespace

SessionLog session_log(const std::string& session, const Application& application) {
  const KnownSession known = find_known_session(session, application);
  const bool grows = known.there && known.there->live && known.there->record.phase != SessionPhase::kept;
  SessionLog log{.id = known.id,
                 .grows = grows ? SessionLog::Grows::yes : SessionLog::Grows::no,
                 .facts = facts_of(known),
                 .result = known.result.is_object()
                               ? known.result.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)
                               : "",
                 .phases = phases_of(known),
                 .reached = {},
                 .output = {},
                 .messages = {},
                 .files = {}};
  if (known.there) {
    add_what_is_there(*known.there, log);
  }
  add_reached(known, application, log);
  add_recordings(known, application, log);
  return log;
}

}  // namespace agentbox
