// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/manage.hpp"
#include "store/live_manifest.hpp"
#include "sys/process.hpp"

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

}  // namespace

// Each by a command of its own: that is what holds a session in the background.
void fork_session(const std::string& source, int count, const Application& application,
                  const std::function<void(const std::string&)>& on_started) {
  const std::string snapshot = live_snapshot_for(source, application);
  const std::string program = fs::read_symlink("/proc/self/exe");
  for (int i = 0; i < count; ++i) {
    const Captured started =
        run_and_capture({.argv = {program, "snapshot", "resume", "--quiet", "--detach", snapshot}}, fork_start_limit);
    if (!started.status.success()) {
      throw Error(ErrorKind::backend, "a fork of " + snapshot + " did not start",
                  escape_untrusted(trim(started.error_output), 2000));
    }
    on_started(std::string(trim(started.output)));
  }
}

}  // namespace agentbox
