// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/report.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/report/html_report.hpp"

#include <nlohmann/json.hpp>

namespace agentbox {

RunArchive run_archive(const Application& application) { return RunArchive(application.directories.state / "runs"); }

void archive_run(const RunResult& result, const Application& application) {
  run_archive(application).put(result.session, archive_document(result));
}

SessionReport report_of_session(const std::string& session, const Application& application) {
  const auto document = nlohmann::json::parse(run_archive(application).read(session), nullptr, false);
  if (!document.is_object()) {
    throw Error(ErrorKind::environment,
                "what was kept of session \"" + escape_untrusted(session, 64) + "\" is damaged");
  }
  const auto project = document.find("project");
  return {.page = html_report(document),
          .project = project != document.end() && project->is_string() ? project->get<std::string>() : ""};
}

}  // namespace agentbox
