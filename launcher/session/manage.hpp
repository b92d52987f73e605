// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/terminal_rules.hpp"
#include "image/templates/template_store.hpp"
#include "session/application.hpp"
#include "session/recording.hpp"
#include "ssh/connection.hpp"
#include "store/session_store.hpp"
#include "store/snapshot_store.hpp"

namespace agentbox {

enum class RunAs { user, root };
struct ExecRequest {
  std::string session;
  std::vector<std::string> command;  ///< empty: a login shell
  RunAs run_as = RunAs::user;
  TerminalFilter terminal_filter = TerminalFilter::on;
  std::optional<RecordingFile> recording = {};  ///< of what is shown
};
/// Runs one more command in a live session's VM, relayed like the first. Returns the exit code.
int exec_in_session(const ExecRequest& request, const Application& application);

/// By name, as SessionStore::find(). Throws Error{usage} when its VM cannot be reached: it has not begun yet, or has ended.
ListedSession live_session(const std::string& session, const Application& application);
/// A further connection to a running session's VM, as root of the guest.
SshConnection connect_to_session(const SessionRecord& record, const Application& application);

/// What a further terminal of the session may be told: as the policy of its start says now; one that is gone, or broken, allows no more
/// than is usual.
TerminalRules terminal_rules_of(const SessionRecord& record, const Application& application);

/// Another terminal on the command of a session that runs in the guest on one of its own (see CommandRun). Returns the command's exit code
/// when it ends meanwhile, 0 when the user leaves it. Throws Error{usage} for a session whose command has none.
struct AttachRequest {
  std::string session;
  std::optional<RecordingFile> recording = {};  ///< of what is shown
};
int attach_to_session(const AttachRequest& request, const Application& application);

/// Ends a session that runs: its launcher is asked by SIGTERM and cleans up as always. Waits until it is gone.
void stop_session(const std::string& session, const Application& application);

/// stop, and remove what is left of it on disk. Throws Error{usage} for a session whose disk holds changes that nobody has
/// seen, unless they may go, too.
enum class Unseen { keep, discard };
void remove_session(const std::string& session, Unseen unseen, const Application& application);

/// Removes a snapshot. Throws Error{usage} when another one, a session that runs, or one with changes that nobody has seen stands on it.
void remove_snapshot(const std::string& name, const Application& application);

/// Saves a session that runs, by the process that holds it. name: empty for one made of the session's. Returns the name.
struct SavedSession {
  std::string name;
  std::chrono::milliseconds stood_still;
  std::uint64_t written_bytes = 0;
};
SavedSession save_session(const std::string& session, const std::string& name, const Application& application);

/// Starts count sessions that go on where another one is, each in the background, several at a time; on_started is called with each
/// one's name. source: a live snapshot, or a session that runs, which is saved first (its snapshot stays). When one does not start no more
/// are begun, those under way come up, and Error{backend} says which ones run and what the first that does not has said.
void fork_session(const std::string& source, int count, const Application& application,
                  const std::function<void(const std::string& session)>& on_started);

struct GarbageReport {
  std::vector<std::string> sessions;             ///< cleaned after a crash
  std::vector<std::string> ended;                ///< sessions that have ended long ago, of which a record was left
  std::vector<RemovedTemplate> templates;
  std::vector<std::filesystem::path> bases;
  std::vector<std::filesystem::path> hot;        ///< projects whose kept hot directories were of no use any more
};
/// Removes what crashed runs left, what nothing needs any more, and templates that were not used for long (UserConfig::templates). Safe at any time, any number of times.
GarbageReport collect_garbage(const Application& application);

struct DiskUse {
  std::string what;    ///< "base dev", "template 3f2a... (dev, 2 CPUs, 2 GiB, tcg)", "session claude-7k2m9d", "snapshot x"
  std::uint64_t bytes; ///< allocated
};
std::vector<DiskUse> disk_use(const Application& application);

struct Finding {
  enum class Level { good, note, problem } level;
  std::string subject;  ///< "QEMU", "accelerator", "confinement", ...
  std::string message;
};
/// What works here and what does not, with what to do about it.
std::vector<Finding> diagnose(const Application& application);

}  // namespace agentbox
