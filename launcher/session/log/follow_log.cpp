// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/log/follow_log.hpp"

#include "core/units.hpp"
#include "session/held_output.hpp"
#include "session/log/known_session.hpp"
#include "session/log/log_source.hpp"
#include "session/log/session_log.hpp"
#include "session/log/shown_output.hpp"
#include "session/recording.hpp"
#include "store/egress_archive.hpp"
#include "sys/event_set.hpp"
#include "sys/file_watch.hpp"
#include "sys/pidfd.hpp"
#include "sys/wait.hpp"

#include <algorithm>
#include <vector>

namespace agentbox {
namespace {

namespace fs = std::filesystem;
using Form = LogSource::Form;

class LogFollower {
 public:
  LogFollower(const KnownSession& known, Followed followed, const Application& application,
              const std::function<void(const AddedText&)>& tell)
      : known_(known), followed_(followed), application_(application), tell_(tell) {
    const fs::path& directory = known_.there->directory;
    if (followed_ == Followed::egress) {
      add_in_two_parts("", directory / older_egress_log_name, directory / egress_log_name, Form::lines,
                       ByteSize::mebibytes(64));
      return;
    }
    constexpr ByteSize newest(longest_output);
    for (const auto& [title, file] : message_logs) {
      sources_.emplace_back(title, FollowedFile(directory / file, newest), Form::lines);
    }
    sources_.emplace_back("network", FollowedFile(directory / egress_log_name, newest), Form::egress);
    add_in_two_parts(held_output_title, directory / older_held_output_name, directory / held_output_name,
                     Form::terminal, newest);
  }

  void run(const UniqueFd& launcher) {
    EventSet events;
    events.add(watch_.fd());
    events.add(launcher.get());
    while (!has_ended(launcher.get())) {
      watch_.take();
      watch();  // before it is read: what comes later is told by the watch
      read_all();
      wait_readable(events.fd(), std::nullopt);
    }
    read_all();
    for (auto& source : sources_) {
      tell(source, source.finish());
    }
  }

 private:
  // The older part is complete: what is renamed to it later was followed under its first name.
  void add_in_two_parts(const std::string& title, const fs::path& older, const fs::path& current, Form form,
                        ByteSize newest) {
    if (fs::exists(older)) {
      LogSource complete(title, FollowedFile(older, newest), form);
      while (const auto text = complete.read()) {
        tell(complete, *text);
      }
    }
    sources_.emplace_back(title, FollowedFile(current, newest), form);
  }

  void watch() {
    const fs::path& directory = known_.there->directory;
    watch_.add(directory);
    watch_.add(directory / "vm");
    if (followed_ == Followed::everything && !watch_.add(recordings_directory(application_))) {
      watch_.add(application_.directories.data);
    }
  }

  void read_all() {
    if (followed_ == Followed::everything) {
      add_recordings();
    }
    for (auto& source : sources_) {
      while (const auto text = source.read()) {
        tell(source, *text);
      }
    }
  }

  void add_recordings() {
    for (const auto& recording : find_recordings(known_, application_)) {
      if (std::none_of(sources_.begin(), sources_.end(),
                       [&](const auto& source) { return source.path() == recording.file; })) {
        sources_.emplace_back(recording.title, FollowedFile(recording.file, ByteSize(longest_output)), Form::cast);
      }
    }
  }

  void tell(const LogSource& source, std::string text) {
    if (!text.empty()) {
      tell_({.title = source.title(), .text = std::move(text)});
    }
  }

  const KnownSession& known_;
  Followed followed_;
  const Application& application_;
  const std::function<void(const AddedText&)>& tell_;
  FileWatch watch_;
  std::vector<LogSource> sources_;
};

}  // namespace

bool follow_session_log(const std::string& session, Followed followed, const Application& application,
                        const std::function<void(const AddedText&)>& tell) {
  const KnownSession known = find_known_session(session, application);
  if (!known.there || !known.there->live) {
    return false;
  }
  const ProcessIdentity& process = known.there->record.launcher;
  const UniqueFd launcher = open_process(static_cast<pid_t>(process.pid), process.start_time);
  if (!launcher) {
    return false;  // it has just ended, or the session is kept and nothing is added to its log any more
  }
  LogFollower(known, followed, application, tell).run(launcher);
  return true;
}

}  // namespace agentbox
