// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/recording.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "gateway/broker/plan.hpp"
#include "session/desk.hpp"
#include "sys/files.hpp"

#include <nlohmann/json.hpp>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* extension = ".cast";

fs::path file_in(const fs::path& directory, const std::string& name) { return directory / (name + extension); }

const char* word_for(Beside command) { return command == Beside::exec ? "exec" : "attach"; }

std::unique_ptr<CastWriter> begin_cast(const fs::path& file, const std::string& title, std::vector<std::string> secrets) {
  constexpr TerminalSize usual{.columns = 80, .rows = 24};
  return std::make_unique<CastWriter>(CastSettings{.file = file, .title = title, .secrets = std::move(secrets)},
                                      terminal_size(STDOUT_FILENO).value_or(usual));
}

/// The first name that no other recording has. Two that look for it at once do not get the same one: the file is made exclusively.
fs::path free_file(const std::string& name, const Application& application) {
  const fs::path directory = recordings_directory(application);
  make_directories(directory);
  fs::path file = file_in(directory, name);
  for (int number = 2; fs::exists(fs::symlink_status(file)); ++number) {
    file = file_in(directory, name + "-" + std::to_string(number));
  }
  return file;
}

std::vector<std::string> ask_for_secrets(const ListedSession& session) {
  constexpr std::chrono::seconds limit{10};
  const auto answer = ask_desk(session.directory, {{"command", "secrets"}}, Clock::now() + limit);
  return answer.value("secrets", std::vector<std::string>{});
}

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
    make_directories(recordings_directory(application));
    file = file_in(recordings_directory(application), session_id);
  }
  return begin_cast(file, session_id, secrets_of(plan));
}

std::optional<RecordingFile> recording_file(const std::optional<std::string>& option) {
  if (!option) {
    return std::nullopt;
  }
  return *option == "true" ? RecordingFile() : fs::absolute(*option);  // so a flag without a value reads
}

std::unique_ptr<CastWriter> begin_recording_beside(const ListedSession& session, Beside command, const RecordingFile& file,
                                                   const Application& application) {
  auto secrets = ask_for_secrets(session);
  const std::string name = session.record.id + "." + word_for(command);
  return begin_cast(file.empty() ? free_file(name, application) : file, name, std::move(secrets));
}

std::optional<nlohmann::json> answer_about_secrets(const nlohmann::json& request, const RunPlan& plan) {
  if (request.value("command", "") != "secrets") {
    return std::nullopt;
  }
  return nlohmann::json{{"secrets", secrets_of(plan)}};
}

void end_recording(CastWriter& recording, Progress& progress) {
  recording.finish();
  if (!recording.problem().empty()) {
    progress.note(recording.problem());
  }
  progress.note("recorded: " + escape_untrusted(recording.file().string()));
}

std::vector<std::string> recorded_sessions(const Application& application) {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(recordings_directory(application), missing)) {
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

std::string session_of_recording(const std::string& name) {
  const auto dot = name.rfind('.');
  const std::string word = dot == std::string::npos ? "" : name.substr(dot + 1, name.find('-', dot) - dot - 1);
  const bool beside = word == word_for(Beside::exec) || word == word_for(Beside::attach);
  return beside ? name.substr(0, dot) : name;
}

fs::path recordings_directory(const Application& application) { return application.directories.data / "recordings"; }

std::optional<fs::path> find_recording(const std::string& session, const Application& application) {
  const auto names = recorded_sessions(application);
  std::vector<std::string> fitting;
  for (const auto& name : names) {
    if (name == session || (session == "last" && name == names.back())) {
      return file_in(recordings_directory(application), name);
    }
    if (name.starts_with(session)) {
      fitting.push_back(name);
    }
  }
  // The beginning of a session's id means the session's own.
  const auto shortest = std::min_element(fitting.begin(), fitting.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  if (shortest != fitting.end() && std::all_of(fitting.begin(), fitting.end(), [&](const auto& name) { return session_of_recording(name) == *shortest; })) {
    fitting = {std::string(*shortest)};
  }
  if (fitting.size() > 1) {
    throw Error(ErrorKind::usage, "more than one recording begins with \"" + escape_untrusted(session, 64) + "\"",
                "they are: " + join(fitting, ", "));
  }
  return fitting.empty() ? std::nullopt : std::optional(file_in(recordings_directory(application), fitting.front()));
}

std::vector<fs::path> recordings_of_session(const std::string& id, const Application& application) {
  std::vector<fs::path> files;
  for (const auto& name : recorded_sessions(application)) {
    if (session_of_recording(name) == id) {
      const fs::path file = file_in(recordings_directory(application), name);
      name == id ? static_cast<void>(files.insert(files.begin(), file)) : files.push_back(file);
    }
  }
  return files;
}

std::string recording_name(const fs::path& file, const Application& application) {
  return file.parent_path() == recordings_directory(application) ? file.stem().string() : file.string();
}

}  // namespace agentbox
