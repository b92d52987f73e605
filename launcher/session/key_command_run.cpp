// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/key_command_run.hpp"

#include <unistd.h>

#include <csignal>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/process.hpp"
#include "sys/terminal.hpp"

namespace agentbox {
namespace {

Error failure(const KeyCommand& key, const std::string& reason) {
  const std::string command = escape_untrusted(shell_join(key.command), 300);
  return Error(ErrorKind::environment, "the command for " + key.id.name + ", " + command + ", " + reason,
               "it stands in config.yaml under keys; run it yourself to see what it says");
}

ProcessSpec spec_for(const KeyCommand& key) {
  // Not in the project: version managers and their kin choose programs by files of the current directory.
  ProcessSpec spec{.argv = key.command, .working_directory = "/"};
  for (const int stream : {STDIN_FILENO, STDERR_FILENO}) {
    if (is_terminal(stream)) {
      spec.fds.push_back({stream, stream});
    }
  }
  return spec;
}

CapturedSecret run(const KeyCommand& key, std::chrono::milliseconds limit) {
  try {
    return run_for_secret(spec_for(key), limit, ByteSize(longest_secret), TerminalUse::lend);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    throw failure(key, std::string("gave no key: ") + error.what());
  }
}

std::string_view first_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

}  // namespace

SecretText run_key_command(const KeyCommand& key, std::chrono::milliseconds limit) {
  const CapturedSecret result = run(key, limit);
  // Ctrl-C at its question goes to the program alone, but is meant for the whole.
  if (result.status == ExitStatus::signaled(SIGINT)) {
    throw Interrupted(SIGINT);
  }
  if (!result.status.success()) {
    throw failure(key, "failed: " + result.status.describe());
  }
  if (result.size == CapturedSecret::Size::too_long) {
    throw failure(key, "printed more than 64 KiB, which no key is");
  }
  const std::string_view value = first_line(result.output.view());
  if (const auto objection = objection_to_secret(value); !objection.empty()) {
    throw failure(key, "printed no key: its first line " + std::string(objection));
  }
  return SecretText(value);
}

}  // namespace agentbox
