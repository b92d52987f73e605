// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/application.hpp"
#include "session/run_result.hpp"
#include "store/run_archive.hpp"

#include <filesystem>
#include <string>

namespace agentbox {

/// Where the results of sessions that are over are kept.
RunArchive run_archive(const Application& application);

/// Keeps the result of a run, as its caller knows it in the end, for report_of_session().
void archive_run(const RunResult& result, const Application& application);

/// The page (html_report.hpp) of a session that is over: by its id, the beginning of it, or "last". Throws Error{usage}
/// when there is none.
struct SessionReport {
  std::string page;
  std::filesystem::path project;  ///< what the session could write to; empty: nothing
};
SessionReport report_of_session(const std::string& session, const Application& application);

}  // namespace agentbox
