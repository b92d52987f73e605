// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/manage.hpp"
#include "store/live_manifest.hpp"
#include "sys/host_load.hpp"
#include "sys/process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

/// It takes a second or two; a loaded machine may need much longer.
constexpr std::chrono::minutes fork_start_limit{10};

std::string live_snapshot_for(const std::string& source, const Application& application) {
  const SnapshotStore snapshots(application.directories.data / "snapshots");
  if (!is_plain_name(source) || !fs::exists(snapshots.directory_of(source))) {
    const std::string name = save_session(source, "", application).name;
    application.progress.note("Saved as snapshot " + name + ".");
    return name;
  }
  if (!is_live_snapshot(snapshots.directory_of(source))) {
    throw Error(ErrorKind::usage, "the snapshot \"" + source + "\" is a disk alone: nothing goes on from it",
                "agentbox snapshot resume " + source + " starts a session from it; agentbox snapshot take makes live ones");
  }
  return source;
}

/// Its message and advice, a line each.
std::string told_by_fork(const std::string& output) {
  std::string text;
  for (const auto& line : split(trim(output), '\n')) {
    text += (text.empty() ? "" : "\n") + escape_untrusted(trim(line), 1000);
  }
  return text;
}

std::string forks_missing(const std::string& snapshot, int count, const std::vector<std::string>& started) {
  if (started.empty()) {
    return "a fork of " + snapshot + " did not start";
  }
  return fmt::format("of {} forks of {} only {} started: {}", count, snapshot, started.size(),
                     fmt::join(started, ", "));
}

}  // namespace

// Each by a command of its own: that is what holds a session in the background. As many at a time as there are
// processors: starting is work for one.
void fork_session(const std::string& source, int count, const Application& application,
                  const std::function<void(const std::string&)>& on_started) {
  const std::string snapshot = live_snapshot_for(source, application);
  const std::string program = fs::read_symlink("/proc/self/exe");
  std::vector<std::string> started;
  std::string problem;  // of the first that did not start
  run_several({.argv = {program, "snapshot", "resume", "--quiet", "--detach", snapshot}}, count, host_processors(),
              fork_start_limit, [&](const Captured& fork) {
                if (!fork.status.success()) {
                  if (problem.empty()) {
                    problem = told_by_fork(fork.error_output);
                  }
                  return Further::none;
                }
                started.emplace_back(trim(fork.output));
                on_started(started.back());
                return Further::runs;
              });
  if (started.size() < static_cast<std::size_t>(count)) {
    throw Error(ErrorKind::backend, forks_missing(snapshot, count, started), problem);
  }
}

}  // namespace agentbox
