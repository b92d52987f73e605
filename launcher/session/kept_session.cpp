// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/kept_session.hpp"

#include "core/error.hpp"
#include "session/bring_out.hpp"
#include "session/desk.hpp"
#include "session/hot_directories.hpp"
#include "session/manage.hpp"
#include "session/recording.hpp"
#include "sys/files.hpp"
#include "sys/signals.hpp"

#include <fcntl.h>
#include <poll.h>

#include <nlohmann/json.hpp>

#include <csignal>
#include <utility>

namespace agentbox {

UniqueFd open_messages(const std::filesystem::path& session_directory) {
  return open_file(session_directory / "keeper.log", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
}

KeptSession::KeptSession(const RunPlan& plan, const Application& application, SessionHandle session, SessionVm vm,
                         std::optional<GatewayProcess> gateway, std::optional<FileLock> history_lock)
    : plan_(plan), application_(application), session_(std::move(session)), vm_(std::move(vm)), gateway_(std::move(gateway)),
      history_lock_(std::move(history_lock)) {
  // Nobody would serve it. Who comes later (exec, and ourselves at the end) makes a connection of their own.
  const SshConnection unserved = std::move(vm_.ssh);
}

void KeptSession::stay(Front* front, int exit_code) {
  if (front != nullptr) {
    front->let_go(exit_code, open_messages(session_.directory()));
  }
  SignalFd signals({SIGTERM, SIGINT, SIGHUP});
  Desk desk(session_.directory(), [this](const nlohmann::json& request) { return answer(request); });
  while (true) {
    pollfd set[] = {{signals.fd(), POLLIN, 0}, {vm_.ended.get(), POLLIN, 0}, {desk.fd(), POLLIN, 0}};
    ::poll(set, 3, -1);
    if (set[2].revents != 0) {
      desk.serve();
    }
    if (set[1].revents != 0) {
      break;  // it stays listed, as ended, with what its disk holds
    }
    if (set[0].revents != 0 && signals.read_signal()) {
      end();
      break;
    }
  }
}

nlohmann::json KeptSession::answer(const nlohmann::json& request) const {
  if (auto secrets = answer_about_secrets(request, plan_)) {
    return *secrets;
  }
  throw Error(ErrorKind::usage, "the command of session " + session_.record().id + " is over; its VM is kept, and is not saved as a whole any more",
              "agentbox exec runs another command in it");
}

void KeptSession::end() {
  const std::filesystem::path kept_disk = kept_disk_of(session_.directory());
  bool whole = false;
  try {
    if (is_reviewed(plan_.workspace) || !kept_disk.empty()) {
      vm_.ssh = connect_to_session(session_.record(), application_);
    }
    whole = !kept_disk.empty() && freeze_kept_disk(vm_.ssh) == Frozen::yes;
    if (is_reviewed(plan_.workspace)) {
      if (save_changes(plan_, vm_, session_, application_).state == BroughtOut::State::failed) {
        keep_unsaved(vm_, session_);
        return;
      }
    }
  } catch (const Error& error) {
    application_.progress.note(error.what());
    keep_unsaved(vm_, session_);
    return;
  }
  vm_.machine.quit();
  if (whole) {
    mark_whole(kept_disk);
  }
  session_.remove();
}

}  // namespace agentbox
