// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "relay/record/player.hpp"
#include "session/recording.hpp"

#include <filesystem>
#include <fstream>

namespace agentbox {

int execute(const PlayRecording& options, const CommandContext& context) {
  std::filesystem::path file = options.recording;
  if (options.recording.find('/') == std::string::npos) {
    if (const auto found = find_recording(options.recording, context.open())) {
      file = *found;
    }
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) {
    throw Error(ErrorKind::usage, "there is no recording \"" + escape_untrusted(options.recording, 200) + "\"",
                "agentbox --record claude makes one; agentbox logs SESSION says where it is");
  }
  CastReader cast(stream);
  PlaySettings settings{.speed = options.speed};
  if (options.idle_limit) {
    settings.idle_limit = std::chrono::duration<double>(*options.idle_limit);
  }
  context.progress.finish();
  play(cast, settings);
  return 0;
}

}  // namespace agentbox
