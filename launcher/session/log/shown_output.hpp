// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/log/known_session.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace agentbox {

/// Of a session's output no more than this is told, the newest.
inline constexpr std::size_t longest_output = std::size_t{256} << 10U;

/// The words (shown_text.hpp) of the end of what was written to a terminal.
std::string newest_words(const std::string& output);

/// All recordings of a session: with the name that `play` knows, and one that its user gave a name, once its result
/// tells it.
struct RecordingOfSession {
  std::string title;  ///< "recorded (agentbox play NAME)"
  std::filesystem::path file;
};
std::vector<RecordingOfSession> find_recordings(const KnownSession& known, const Application& application);

/// The words of the end of one, or why it cannot be read.
std::string words_of_recording(const std::filesystem::path& file);

}  // namespace agentbox
