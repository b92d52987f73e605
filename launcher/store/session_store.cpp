// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/session_store.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "store/aside.hpp"
#include "store/egress_archive.hpp"
#include "store/mount_points.hpp"
#include "store/session_record.hpp"
#include "store/strict_json.hpp"
#include "sys/files.hpp"
#include "sys/pidfd.hpp"
#include "sys/process.hpp"
#include "sys/wait.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <system_error>

// On disk: sessions/ID/{lock,state.json,...}.
//
// A directory appears under its id complete and locked, and disappears as a whole (see AsideDirectory). So whoever
// holds ID/lock owns the session, and a free ID/lock means that its launcher is gone, however it ended.

namespace agentbox {

namespace {

namespace fs = std::filesystem;

/// Without 0 and 1, which people take for o and l.
std::string random_suffix() {
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz23456789";
  constexpr std::size_t even_share =
      256 / alphabet.size() * alphabet.size();  // above it, some letters would come oftener
  std::string suffix;
  while (suffix.size() < 6) {
    const unsigned char byte = random_bytes(1).front();
    if (byte < even_share) {
      suffix += alphabet[byte % alphabet.size()];
    }
  }
  return suffix;
}

bool is_running(const ProcessIdentity& process) {
  return open_process(static_cast<pid_t>(process.pid), process.start_time).valid();
}

ListedSession read_session(const fs::path& directory) {
  try {
    ListedSession session{.record = load_session_record(directory), .directory = directory};
    session.live = session.record.phase != SessionPhase::ended &&
                   is_running(session.record.phase == SessionPhase::kept ? session.record.vm : session.record.launcher);
    return session;
  } catch (const Error& error) {
    ListedSession session{.record = {}, .directory = directory, .live = false, .broken = true};
    session.record.id = directory.filename();
    session.record.phase = SessionPhase::ended;
    session.record.outcome = error.what();
    return session;
  }
}

/// Ends what is left of a VM. Waits until it has ended: its files are removed next.
void kill_vm(const ProcessIdentity& vm) {
  if (const UniqueFd process = open_process(static_cast<pid_t>(vm.pid), vm.start_time)) {
    send_signal(process.get(), SIGKILL);
    wait_readable(process.get(), Clock::now() + std::chrono::seconds(10));
  }
}

/// No value when somebody has it, or when the session is gone.
std::optional<FileLock> lock_session(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    return std::nullopt;
  }
  try {
    return FileLock::try_acquire(directory / "lock", LockMode::exclusive);
  } catch (const Error&) {
    if (!fs::is_directory(directory, error)) {
      return std::nullopt;  // its owner removed it while we reached for the lock
    }
    throw;
  }
}

std::string known_ids(const std::vector<ListedSession>& sessions) {
  std::vector<std::string> ids;
  for (const auto& session : sessions) {
    ids.push_back(session.record.id);
  }
  return ids.empty() ? "There are no sessions." : "Sessions: " + join(ids, ", ");
}

}  // namespace

SessionHandle::SessionHandle(fs::path directory, FileLock lock, SessionRecord record)
    : directory_(std::move(directory)), lock_(std::move(lock)), record_(std::move(record)) {}

void SessionHandle::update(const std::function<void(SessionRecord&)>& change) {
  SessionRecord changed = record_;
  change(changed);
  save_session_record(directory_, changed);
  record_ = std::move(changed);
}

void SessionHandle::remove() noexcept {
  EgressArchive::beside(directory_.parent_path()).take(directory_, record_.id);
  remove_mount_points(directory_, record_.project);
  remove_as_a_whole(directory_);
}

void SessionHandle::retire() {
  update([](SessionRecord& record) { record.phase = SessionPhase::ended; });
  remove_mount_points(directory_, record_.project);
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(directory_)) {
    const auto extension = entry.path().extension();
    const bool stays = entry.path().filename() == "state.json" || entry.path().filename() == "lock" ||
                       (entry.is_regular_file() && (extension == ".log" || extension == ".jsonl"));
    if (!stays) {
      others.push_back(entry.path());
    }
  }
  for (const auto& path : others) {
    remove_tree(path);
  }
}

SessionStore::SessionStore(fs::path sessions_directory) : sessions_directory_(std::move(sessions_directory)) {}

SessionHandle SessionStore::create(const std::string& agent) {
  if (!is_plain_name(agent) || agent.size() > 48) {
    throw Error(ErrorKind::internal, "\"" + escape_untrusted(agent, 64) + "\" cannot begin a session's id");
  }
  AsideDirectory aside(sessions_directory_);
  FileLock lock = FileLock::acquire(aside.path() / "lock", LockMode::exclusive);
  SessionRecord record;
  record.agent = agent;
  record.started = utc_timestamp();
  record.launcher = {.pid = ::getpid(), .start_time = process_start_time(::getpid()).value_or(0)};
  do {
    record.id = agent + "-" + random_suffix();
    save_session_record(aside.path(), record);
  } while (!aside.move_to(record.id));
  const fs::path directory = sessions_directory_ / record.id;
  return SessionHandle(directory, std::move(lock), std::move(record));
}

std::vector<ListedSession> SessionStore::list() const {
  std::vector<ListedSession> sessions;
  for (const auto& id : names_in(sessions_directory_)) {
    ListedSession session = read_session(sessions_directory_ / id);
    std::error_code gone;
    if (!session.broken || fs::exists(session.directory, gone)) {  // it may have been removed while we read
      sessions.push_back(std::move(session));
    }
  }
  std::stable_sort(sessions.begin(), sessions.end(),
                   [](const auto& a, const auto& b) { return a.record.started < b.record.started; });
  return sessions;
}

ListedSession SessionStore::find(const std::string& id_or_prefix) const {
  const bool only_live = id_or_prefix.empty() || id_or_prefix == "last";
  const auto sessions = list();
  std::vector<ListedSession> found;
  for (const auto& session : sessions) {
    if (!only_live && session.record.id == id_or_prefix) {
      return session;
    }
    if (only_live ? session.live : session.record.id.starts_with(id_or_prefix)) {
      found.push_back(session);
    }
  }
  if (found.size() == 1) {
    return found.front();
  }
  if (only_live) {
    throw Error(ErrorKind::usage, found.empty() ? "no session is running" : "more than one session is running",
                known_ids(found.empty() ? sessions : found));
  }
  const std::string named = "\"" + escape_untrusted(id_or_prefix, 64) + "\"";
  throw Error(ErrorKind::usage, (found.empty() ? "there is no session " : "more than one session begins with ") + named,
              known_ids(found.empty() ? sessions : found));
}

std::vector<std::string> SessionStore::clean_crashed() {
  std::vector<std::string> cleaned;
  for (const auto& id : names_in(sessions_directory_)) {
    auto lock = lock_session(sessions_directory_ / id);
    if (!lock) {
      continue;
    }
    // Read under the lock: before, it might have been about to be kept.
    ListedSession session = read_session(sessions_directory_ / id);
    std::error_code missing;
    const bool holds_changes = fs::exists(session.directory / unsaved_disk_name, missing);
    if (session.broken || session.record.phase == SessionPhase::ended ||
        (session.record.phase == SessionPhase::kept && !holds_changes)) {
      continue;
    }
    kill_vm(session.record.vm);
    SessionHandle crashed(session.directory, std::move(*lock), session.record);
    if (!holds_changes) {
      crashed.remove();
      cleaned.push_back(id);
    } else if (session.record.phase != SessionPhase::unsaved) {
      crashed.update([](SessionRecord& record) { record.phase = SessionPhase::unsaved; });
    }
  }
  remove_leftovers(sessions_directory_);
  return cleaned;
}

std::vector<std::string> SessionStore::forget_ended(std::chrono::hours age) {
  std::vector<std::string> forgotten;
  for (const auto& session : list()) {
    std::error_code gone;
    const auto written = fs::last_write_time(session.directory / "state.json", gone);
    if (gone || session.broken || session.record.phase != SessionPhase::ended || written + age > fs::file_time_type::clock::now()) {
      continue;
    }
    if (auto taken = take(session.record.id)) {
      taken->remove();
      forgotten.push_back(session.record.id);
    }
  }
  return forgotten;
}

std::optional<SessionHandle> SessionStore::take(const std::string& id) {
  if (!is_plain_name(id)) {
    return std::nullopt;
  }
  auto lock = lock_session(sessions_directory_ / id);
  if (!lock) {
    return std::nullopt;
  }
  return SessionHandle(sessions_directory_ / id, std::move(*lock), read_session(sessions_directory_ / id).record);
}

}  // namespace agentbox
