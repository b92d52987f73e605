// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/report.hpp"
#include "sys/files.hpp"
#include "workspace/artifacts/artifact_directory.hpp"

#include <filesystem>
#include <vector>

namespace agentbox {

namespace {

namespace fs = std::filesystem;

/// The session may have made links in its project; none of them leads the page elsewhere.
void write(const SessionReport& report, const fs::path& file) {
  if (!file.has_filename() || file.filename() == "." || file.filename() == "..") {
    throw Error(ErrorKind::usage, "\"" + escape_untrusted(file.native(), 200) + "\" is no file that a report can be written to");
  }
  std::vector<fs::path> shared;
  if (!report.project.empty()) {
    shared.push_back(report.project);
  }
  const ArtifactDirectory directory(file.has_parent_path() ? file.parent_path() : ".", shared);
  directory.put(file.filename().string(), [&](int fd) { write_all(fd, report.page); });
}

}  // namespace

int execute(const ShowReport& options, const CommandContext& context) {
  const SessionReport report = report_of_session(options.session, context.open());
  if (!options.file) {
    print(report.page);
    return 0;
  }
  write(report, *options.file);
  if (context.verbosity != Verbosity::quiet) {
    print_error_output("agentbox: written: " + escape_untrusted(*options.file) + "\n");
  }
  return 0;
}

}  // namespace agentbox
