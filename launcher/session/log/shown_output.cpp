// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/log/shown_output.hpp"

#include "core/error.hpp"
#include "relay/record/cast_reader.hpp"
#include "relay/record/shown_text.hpp"
#include "session/log/json_fields.hpp"
#include "session/recording.hpp"

#include <algorithm>
#include <fstream>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

/// Of a recording so much is read from its end, before colours and other sequences are taken out. A recording is as
/// long as its guest likes.
constexpr std::size_t longest_recorded = std::size_t{2} << 20U;

/// The end of it, from the beginning of a line. begun: this is not all that there was.
std::string newest(std::string text, bool begun = false) {
  if (text.size() > longest_output) {
    text.erase(0, text.size() - longest_output);
    begun = true;
  }
  return begun ? "...\n" + text.erase(0, text.find('\n') + 1) : text;
}

std::string text_of_recording(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  CastReader cast(stream);
  std::string output;
  bool begun = false;
  while (const auto event = cast.next()) {
    output += event->output;
    if (output.size() > 2 * longest_recorded) {
      output.erase(0, output.size() - longest_recorded);
      begun = true;
    }
  }
  return newest(shown_text(output), begun);
}

}  // namespace

std::string newest_words(const std::string& output) { return newest(shown_text(output)); }

std::vector<RecordingOfSession> find_recordings(const KnownSession& known, const Application& application) {
  std::vector<fs::path> files = recordings_of_session(known.id, application);
  if (const fs::path file = text_at(known.result, "recording");
      !file.empty() && fs::is_regular_file(file) && std::find(files.begin(), files.end(), file) == files.end()) {
    files.push_back(file);
  }
  std::vector<RecordingOfSession> found;
  for (const auto& file : files) {
    found.push_back({.title = "recorded (agentbox play " + recording_name(file, application) + ")", .file = file});
  }
  return found;
}

std::string words_of_recording(const fs::path& file) {
  try {
    return text_of_recording(file);
  } catch (const Error& error) {
    return std::string(error.what()) + "\n";
  }
}

}  // namespace agentbox
