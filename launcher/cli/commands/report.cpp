// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/report.hpp"

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

namespace agentbox {

int execute(const ShowReport& options, const CommandContext& context) {
  const std::string page = report_of_session(options.session, context.open());
  if (!options.file) {
    print(page);
    return 0;
  }
  write_file_atomically(*options.file, page, 0644);
  if (context.verbosity != Verbosity::quiet) {
    print_error_output("agentbox: written: " + escape_untrusted(*options.file) + "\n");
  }
  return 0;
}

}  // namespace agentbox
