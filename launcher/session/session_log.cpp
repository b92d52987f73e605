// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/session_log.hpp"

#include "core/error.hpp"
#include "core/hostile_json.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "relay/record/cast_reader.hpp"
#include "relay/record/shown_text.hpp"
#include "session/egress_logs.hpp"
#include "session/recording.hpp"
#include "session/report.hpp"
#include "store/session_store.hpp"
#include "sys/guarded_read.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <optional>

namespace agentbox {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr ByteSize longest_log_file = ByteSize::mebibytes(64);
constexpr std::size_t longest_output = std::size_t{256} << 10U;
/// Of a recording so much is read from its end, before colours and other sequences are taken out. A recording is as long as its guest likes.
constexpr std::size_t longest_recorded = std::size_t{2} << 20U;
constexpr std::size_t most_reached = 200;

/// A session as far as it is known: by what is there of it, by its result, or by no more than what it has left.
struct Known {
  std::string id;
  std::optional<ListedSession> there = {};
  Json result = {};  ///< archive_document()
};

std::optional<ListedSession> find_there(const SessionStore& store, const std::string& name) {
  const auto sessions = store.list();
  const bool any_live = std::any_of(sessions.begin(), sessions.end(), [](const auto& one) { return one.live; });
  if (name == "last") {
    return any_live ? std::optional(store.find(name)) : std::nullopt;
  }
  const bool fits = std::any_of(sessions.begin(), sessions.end(), [&](const auto& one) { return one.record.id.starts_with(name); });
  return fits ? std::optional(store.find(name)) : std::nullopt;
}

// Of one that came to no result there may be what it reached, and a recording.
std::optional<std::string> find_leftovers(const std::string& name, const Application& application) {
  if (const auto recording = find_recording(name, application)) {
    return session_of_recording(recording->stem().string());
  }
  try {
    const auto logs = egress_logs(name, application);
    return logs.empty() ? std::nullopt : std::optional(logs.back().stem().string());
  } catch (const Error&) {
    return std::nullopt;
  }
}

Known find_known(const std::string& asked, const Application& application) {
  const std::string name = asked.empty() ? "last" : asked;
  const RunArchive results = run_archive(application);
  Known known;
  known.there = find_there(SessionStore(application.directories.state / "sessions"), name);
  if (known.there) {
    known.id = known.there->record.id;
  } else if (const auto id = results.find(name)) {
    known.id = *id;
  } else if (const auto left = find_leftovers(name, application)) {
    known.id = *left;
  } else {
    throw Error(ErrorKind::usage,
                name == "last" ? "no session is running, and nothing is known of one that is over"
                               : "nothing is known of a session \"" + escape_untrusted(name, 64) + "\"",
                "agentbox ls shows those that run; of the last " + std::to_string(RunArchive::most_runs) + " that are over there are results.");
  }
  if (results.find(known.id) == known.id) {
    known.result = Json::parse(results.read(known.id), nullptr, false);
  }
  return known;
}

std::string text_at(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end() || found->is_null()) {
    return {};
  }
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::uint64_t count_at(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string model_used(const Json& result) {
  const Json model = result.value("model", Json());
  if (!model.is_object()) {
    return {};
  }
  const Json tokens = model.value("tokens", Json::object());
  const std::string cost = text_at(model, "cost_usd");
  return fmt::format("{} calls, {} tokens in, {} out{}", count_at(model, "requests"), count_at(tokens, "input"), count_at(tokens, "output"),
                     cost.empty() || cost == "0" ? "" : ", about $" + cost);
}

void add_facts_of(const Known& known, SessionLog& log) {
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      log.facts.emplace_back(name, value);
    }
  };
  add("session", known.id);
  if (known.result.is_object()) {
    const Json& result = known.result;
    add("agent", text_at(result, "agent"));
    add("project", text_at(result, "project"));
    add("workspace", text_at(result, "workspace"));
    add("policy", text_at(result, "policy"));
    add("base", text_at(result, "base"));
    add("started", text_at(result, "started"));
    add("took", format_duration(std::chrono::milliseconds(count_at(result, "took_ms"))));
    add("result", text_at(result, "result") + ": " + text_at(result, "outcome"));
    add("exit code", text_at(result, "exit_code"));
    add("limit", text_at(result, "limit"));
    add("model", model_used(result));
    const std::uint64_t changes = count_at(result.value("changes", Json()), "count");
    add("changes", changes == 0 ? "" : std::to_string(changes));
    add("kept", text_at(result, "kept"));
    return;
  }
  if (known.there) {
    const SessionRecord& record = known.there->record;
    add("agent", record.agent);
    add("project", record.project);
    add("workspace", record.workspace);
    add("policy", record.policy);
    add("base", record.base);
    add("started", record.started);
    add("state", known.there->live ? to_string(record.phase) : "over");
    add("result", record.outcome);
    return;
  }
  add("result", "none: agentbox failed, or was ended, before there was one");
}

void add_phases_of(const Known& known, SessionLog& log) {
  const Json phases = known.result.is_object() ? known.result.value("phases", Json()) : Json();
  for (const auto& phase : phases.is_array() ? phases : Json::array()) {
    if (phase.is_array() && phase.size() == 2 && phase[0].is_string() && phase[1].is_number_unsigned()) {
      log.phases.emplace_back(phase[0].get<std::string>(), std::chrono::milliseconds(phase[1].get<std::uint64_t>()));
    }
  }
}

ReachedLine reached_line(const Json& line) {
  const std::string name = text_at(line, "name");
  const std::string address = text_at(line, "address");
  const std::uint64_t port = count_at(line, "port");
  const std::uint64_t up = count_at(line, "up");
  const std::uint64_t down = count_at(line, "down");
  const std::uint64_t repeated = count_at(line, "repeated");
  return {.time = text_at(line, "time"),
          .verdict = text_at(line, "verdict") + (repeated == 0 ? "" : fmt::format(" {} times", repeated + 1)),
          .to = text_at(line, "what") + " " + (name.empty() ? address : name) + (port == 0 ? "" : ":" + std::to_string(port)),
          .amount = up + down == 0 ? "" : ByteSize(up).to_string() + " up, " + ByteSize(down).to_string() + " down",
          .rule = text_at(line, "rule")};
}

void add_reached(const Known& known, const Application& application, SessionLog& log) {
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
    if (const Json line = parse_hostile_json(lines[i]); line.is_object()) {
      log.reached.push_back(reached_line(line));
    }
  }
}

/// The end of it, from the beginning of a line. begun: this is not all that there was.
std::string newest(std::string text, bool begun = false) {
  if (text.size() > longest_output) {
    text.erase(0, text.size() - longest_output);
    begun = true;
  }
  return begun ? "...\n" + text.erase(0, text.find('\n') + 1) : text;
}

// Not a mere read: the directory is writable for QEMU, and an escaped QEMU might have put a link there.
std::string read_if_there(const fs::path& file, SessionLog& log) {
  if (!fs::exists(file)) {
    return {};
  }
  log.files.push_back(file);
  return read_regular_file(file, longest_log_file);
}

std::string text_of_recording(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  CastReader cast(stream);
  std::string output;
  bool begun = false;
  while (const auto event = cast.next()) {
    output += event->output;
    if (output.size() > 2 * longest_recorded) {
      output.erase(0, output.size() - longest_recorded);
      begun = true;
    }
  }
  return newest(shown_text(output), begun);
}

void add_recordings(const Known& known, const Application& application, SessionLog& log) {
  std::vector<fs::path> files = recordings_of_session(known.id, application);
  if (const fs::path file = text_at(known.result, "recording"); !file.empty() && fs::is_regular_file(file) &&
                                                               std::find(files.begin(), files.end(), file) == files.end()) {
    files.push_back(file);  // one that the user gave a name
  }
  for (const auto& file : files) {
    log.files.push_back(file);
    const std::string playable = recording_name(file, application);
    std::string text;
    try {
      text = text_of_recording(file);
    } catch (const Error& error) {
      text = std::string(error.what()) + "\n";
    }
    log.output.push_back({.title = "recorded (agentbox play " + playable + ")", .text = std::move(text)});
  }
}

void add_what_is_there(const ListedSession& session, SessionLog& log) {
  const fs::path& directory = session.directory;
  static_cast<void>(read_if_there(directory / "state.json", log));
  for (const auto& [title, file] : {std::pair("gateway", "gateway.log"), std::pair("qemu", "vm/qemu.log"), std::pair("keeper", "keeper.log")}) {
    if (std::string text = read_if_there(directory / file, log); !text.empty()) {
      log.messages.push_back({.title = title, .text = std::move(text)});
    }
  }
  std::string shown = read_if_there(directory / "output.old.log", log);
  shown += read_if_there(directory / "output.log", log);
  if (!shown.empty()) {
    log.output.push_back({.title = "output while nobody looked", .text = newest(shown_text(shown))});
  }
}

}  // namespace

SessionLog session_log(const std::string& session, const Application& application) {
  const Known known = find_known(session, application);
  SessionLog log{.id = known.id, .facts = {}, .phases = {}, .reached = {}, .output = {}, .messages = {}, .files = {}};
  add_facts_of(known, log);
  add_phases_of(known, log);
  if (known.there) {
    add_what_is_there(*known.there, log);
  }
  add_reached(known, application, log);
  add_recordings(known, application, log);
  return log;
}

}  // namespace agentbox
