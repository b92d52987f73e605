// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/run_result.hpp"

#include "core/text.hpp"
#include "core/timestamp.hpp"

#include <nlohmann/json.hpp>

#include <numeric>

namespace agentbox {
namespace {

using Json = nlohmann::json;

Json timings_json(const RunResult& result) {
  Json timings = Json::object();
  for (const auto& [phase, duration] : result.timings) {
    timings[phase] = duration.count();
  }
  return timings;
}

Json network_json(const EgressSummary& network) {
  Json refusals = Json::array();
  for (const auto& refusal : network.refusals) {
    refusals.push_back({{"to", refusal.to}, {"rule", refusal.rule}, {"count", refusal.count}});
  }
  return {{"allowed", network.allowed},
          {"refused", network.refused},
          {"failed", network.failed},
          {"bytes_up", network.bytes_up},
          {"bytes_down", network.bytes_down},
          {"refusals", refusals},
          {"log", {{"lines", network.log_lines}, {"hash", network.log_hash}, {"lost", network.lost_records}}}};
}

Json aftermath_json(const Aftermath& aftermath) {
  Json leftovers = Json::array();
  for (const auto& [path, what, by] : aftermath.leftovers) {
    leftovers.push_back({{"path", path}, {"what", what}, {"runs_in", by}});
  }
  return {{"leftovers", leftovers}, {"undo", aftermath.undo}, {"problem", aftermath.problem}};
}

// The project's, and in "mounts" those of further directories.
Json guard_json(const std::vector<Aftermath>& aftermaths) {
  Json guard = aftermath_json({});
  Json mounts = Json::array();
  for (const auto& aftermath : aftermaths) {
    if (aftermath.of == Aftermath::Of::project) {
      guard.update(aftermath_json(aftermath));
    } else {
      mounts.push_back(aftermath_json(aftermath));
      mounts.back()["directory"] = aftermath.directory;
    }
  }
  guard["mounts"] = std::move(mounts);
  return guard;
}

Json changes_json(const BroughtOut& changes) {
  Json files = Json::array();
  for (const auto& [path, what] : changes.files) {
    files.push_back({{"path", path}, {"change", what}});
  }
  return {{"session", changes.id}, {"count", changes.count}, {"files", files}};
}

Json artifacts_json(const Artifacts& artifacts) {
  Json files = Json::array();
  for (const auto& file : artifacts.files) {
    files.push_back({{"path", file.path.string()}, {"from", file.from}, {"size", file.size}, {"sha256", file.sha256}});
  }
  return {{"files", files}, {"problems", artifacts.problems}};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string one_line(const Json& value) { return value.dump(-1, ' ', true, Json::error_handler_t::replace); }

}  // namespace

const char* to_string(RunEnding ending) {
  switch (ending) {
    case RunEnding::succeeded:
      return "succeeded";
    case RunEnding::failed:
      return "failed";
    case RunEnding::guard_findings:
      return "guard-findings";
    case RunEnding::limit_reached:
      return "limit-reached";
    case RunEnding::timed_out:
      return "timed-out";
    case RunEnding::interrupted:
      return "interrupted";
    case RunEnding::left:
      return "left";
    case RunEnding::lost:
      break;
  }
  return "lost";
}

std::string own_version() { return AGENTBOX_VERSION; }

std::chrono::milliseconds whole_time(const RunResult& result) {
  return std::accumulate(result.timings.begin(), result.timings.end(), std::chrono::milliseconds{},
                         [](std::chrono::milliseconds sum, const auto& phase) { return sum + phase.second; });
}

namespace {

Json result_json(const RunResult& result) {
  Json versions = Json::object();
  for (const auto& [name, version] : result.versions) {
    versions[name] = version;
  }
  return {{"session", result.session},
                   {"agent", result.label},
                   {"policy", result.policy},
                   {"workspace", result.workspace},
                   {"project", text_or_null(result.project.string())},
                   {"base", result.base},
                   {"versions", versions},
                   {"started", rfc3339(result.started)},
                   {"result", to_string(result.ending)},
                   {"exit_code", result.exit_code},
                   {"outcome", result.outcome},
                   {"limit", text_or_null(result.limit)},
                   {"start", result.start},
                   {"kept", result.kept},
                   {"took_ms", whole_time(result).count()},
                   {"timings_ms", timings_json(result)},
                   {"network", network_json(result.network)},
                   {"model", result.network.broker},
                   {"recording", text_or_null(result.recording)},
                   {"patch", text_or_null(result.patch)},
                   {"changes", changes_json(result.changes)},
                   {"artifacts", artifacts_json(result.artifacts)},
                   {"guard", guard_json(result.aftermath)}};
}

}  // namespace

std::string to_json(const RunResult& result) { return one_line(result_json(result)); }

std::string archive_document(const RunResult& result) {
  Json document = result_json(result);
  document["phases"] = Json::array();
  for (const auto& [phase, duration] : result.timings) {
    document["phases"].push_back({phase, duration.count()});
  }
  document["samples"] = to_json(result.samples);
  return one_line(document) + "\n";
}

std::string error_json(const Error& error, int exit_code) {
  const bool interrupted = error.kind() == ErrorKind::interrupted;
  const bool timed_out = error.kind() == ErrorKind::timed_out;
  return one_line({{"result", interrupted ? "interrupted"
                              : timed_out ? "timed-out"
                                          : "error"},
                   {"exit_code", exit_code},
                   {"error", error.what()},
                   {"hint", error.hint()},
                   {"versions", {{"agentbox", own_version()}}}});
}

}  // namespace agentbox
