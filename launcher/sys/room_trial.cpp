// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/room_trial.hpp"

#include "core/text.hpp"
#include "sys/bubblewrap.hpp"
#include "sys/files.hpp"

#include <charconv>

namespace agentbox {

std::optional<std::string> problem_of_room(RoomTrial trial) {
  // It stays until its input ends.
  trial.spec.argv.insert(trial.spec.argv.end(), {"/bin/sh", "-c", "echo $$; read -r end; :"});
  PipeEnds input = make_pipe();
  std::string words;
  std::optional<std::vector<std::string>> missing;
  const ExitStatus status = run_with_lines(
      trial.spec,
      [&](std::string_view line) {
        pid_t own = 0;
        if (std::from_chars(line.data(), line.data() + line.size(), own).ec != std::errc()) {
          words += std::string(line) + "\n";
          return;
        }
        const auto pid = trial.find(own);
        missing = pid ? missing_walls(*pid, trial.namespaces) : std::vector<std::string>{"the process"};
        input.write.reset();
      },
      input.read.get());
  if (!status.success() || !missing) {
    return escape_untrusted(trim(words));
  }
  return missing->empty() ? std::nullopt : std::optional("what should be locked in lacks " + join(*missing, ", "));
}

}  // namespace agentbox
