// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/session_record.hpp"

#include "core/error.hpp"
#include "store/strict_json.hpp"
#include "sys/files.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace agentbox {

namespace {

constexpr std::array<std::pair<SessionPhase, const char*>, 8> phase_names = {{
    {SessionPhase::preparing, "preparing"},
    {SessionPhase::starting, "starting"},
    {SessionPhase::running, "running"},
    {SessionPhase::detached, "detached"},
    {SessionPhase::stopping, "stopping"},
    {SessionPhase::kept, "kept"},
    {SessionPhase::ended, "ended"},
    {SessionPhase::unsaved, "unsaved"},
}};

SessionPhase read_phase(StrictJson& json) {
  const std::string name = json.text("phase");
  const auto* found =
      std::find_if(phase_names.begin(), phase_names.end(), [&](auto& entry) { return entry.second == name; });
  if (found == phase_names.end()) {
    json.refuse("phase", "is not a phase of a session");
  }
  return found->first;
}

ProcessIdentity read_identity(StrictJson json) {
  ProcessIdentity identity;
  identity.pid = json.integer("pid", 0, std::numeric_limits<std::int32_t>::max());
  identity.start_time = static_cast<std::uint64_t>(json.integer("start_time", 0, INT64_MAX));
  json.finish();
  return identity;
}

// Records of older versions lack it: they had the project alone in mind.
std::vector<std::string> read_writable(StrictJson& json) {
  if (json.has("writable")) {
    return json.texts("writable");
  }
  return json.text("workspace") == "live" ? std::vector{json.text("project")} : std::vector<std::string>{};
}

nlohmann::json to_json(const ProcessIdentity& identity) {
  return {{"pid", identity.pid}, {"start_time", identity.start_time}};
}

}  // namespace

std::string to_string(SessionPhase phase) {
  const auto* found =
      std::find_if(phase_names.begin(), phase_names.end(), [&](auto& entry) { return entry.first == phase; });
  return found->second;
}

SessionRecord load_session_record(const std::filesystem::path& directory) {
  StrictJson json = StrictJson::load(directory / "state.json");
  SessionRecord record{
      .id = json.text("id"),
      .agent = json.text("agent"),
      .project = json.text("project"),
      .workspace = json.text("workspace"),
      .writable = read_writable(json),
      .base = json.text("base"),
      .policy = json.text("policy"),
      .started = json.text("started"),
      .phase = read_phase(json),
      .launcher = read_identity(json.object("launcher")),
      .vm = read_identity(json.object("vm")),
      .dial_socket = json.text("dial_socket"),
      .ssh_port = static_cast<int>(json.integer("ssh_port", 0, 65535)),
      .base_build = json.text("base_build"),
      .host_key = json.text("host_key"),
      .template_directory = json.text("template_directory"),
      .guest_user = json.text("guest_user"),
      .outcome = json.text("outcome"),
  };
  json.finish();
  if (record.id != directory.filename()) {
    json.refuse("id", "is not the name of its directory");
  }
  return record;
}

void save_session_record(const std::filesystem::path& directory, const SessionRecord& record) {
  const nlohmann::json json = {
      {"id", record.id},
      {"agent", record.agent},
      {"project", record.project},
      {"workspace", record.workspace},
      {"writable", record.writable},
      {"base", record.base},
      {"policy", record.policy},
      {"started", record.started},
      {"phase", to_string(record.phase)},
      {"launcher", to_json(record.launcher)},
      {"vm", to_json(record.vm)},
      {"dial_socket", record.dial_socket},
      {"ssh_port", record.ssh_port},
      {"base_build", record.base_build},
      {"host_key", record.host_key},
      {"template_directory", record.template_directory},
      {"guest_user", record.guest_user},
      {"outcome", record.outcome},
  };
  write_file_atomically(directory / "state.json", to_json_text(json));
}

}  // namespace agentbox
