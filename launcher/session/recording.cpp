// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/recording.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "gateway/broker/plan.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* extension = ".cast";

fs::path recordings_of(const Application& application) { return application.directories.data / "recordings"; }

}  // namespace

std::vector<std::string> secrets_of(const RunPlan& plan) {
  std::vector<std::string> secrets;
  for (const auto& variable : plan.environment) {
    if (variable.kind == SessionVariable::Kind::secret) {
      secrets.push_back(variable.value);
    }
  }
  if (plan.broker) {
    for (const auto& route : plan.broker->routes) {
      secrets.emplace_back(route.placeholder.view());
    }
  }
  return secrets;
}

std::unique_ptr<CastWriter> begin_recording(const RunPlan& plan, const std::string& session_id,
                                            const Application& application) {
  if (!plan.recording) {
    return nullptr;
  }
  fs::path file = *plan.recording;
  if (file.empty()) {
    make_directories(recordings_of(application));
    file = recordings_of(application) / (session_id + extension);
  }
  constexpr TerminalSize usual{.columns = 80, .rows = 24};
  return std::make_unique<CastWriter>(CastSettings{.file = file, .title = session_id, .secrets = secrets_of(plan)},
                                      terminal_size(STDOUT_FILENO).value_or(usual));
}

std::vector<std::string> recorded_sessions(const Application& application) {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(recordings_of(application), missing)) {
    if (entry.path().extension() == extension) {
      found.emplace_back(entry.last_write_time(missing), entry.path().stem().string());
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> ids;
  for (auto& [time, id] : found) {
    ids.push_back(std::move(id));
  }
  return ids;
}

std::optional<fs::path> find_recording(const std::string& session, const Application& application) {
  const auto ids = recorded_sessions(application);
  std::vector<std::string> fitting;
  for (const auto& id : ids) {
    if (id == session || (session == "last" && id == ids.back())) {
      return recordings_of(application) / (id + extension);
    }
    if (id.starts_with(session)) {
      fitting.push_back(id);
    }
  }
  if (fitting.size() > 1) {
    throw Error(ErrorKind::usage, "more than one recording begins with \"" + escape_untrusted(session, 64) + "\"",
                "they are: " + join(fitting, ", "));
  }
  return fitting.empty() ? std::nullopt : std::optional(recordings_of(application) / (fitting.front() + extension));
}

}  // namespace agentbox
