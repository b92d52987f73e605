// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

namespace agentbox {

/// Cuts a byte stream into QMP messages: one JSON object per line (QEMU docs/interop/qmp-spec). Pure; feeds may be cut
/// anywhere. A line over 4 MiB or one that is no JSON object is Error{backend}.
class QmpFramer {
 public:
  void feed(std::string_view bytes);
  std::optional<nlohmann::json> next();

 private:
  std::string buffer_;
  std::size_t searched_ = 0;  ///< bytes of buffer_ known to hold no newline
};

/// A QMP session over a connected socket. Not thread-safe.
class QmpClient {
 public:
  /// Reads the greeting and leaves capabilities negotiation mode. vm_pidfd: so that a QEMU which dies meanwhile is an error at
  /// once; -1 for none. Throws Error{backend}.
  QmpClient(UniqueFd socket, int vm_pidfd, Deadline deadline);

  /// Sends a command and waits for its answer, 30 s unless told otherwise; events that come meanwhile are kept for
  /// wait_event(). Throws Error{backend} with QEMU's own words when it refuses.
  nlohmann::json execute(const std::string& command, nlohmann::json arguments = nlohmann::json::object(),
                         std::optional<Deadline> deadline = std::nullopt);
  /// QMP getfd: hands a descriptor to QEMU under a name (SCM_RIGHTS).
  void send_fd(int fd, const std::string& name);
  /// The next event for which wanted() holds; other events are dropped. Throws Error{backend} at the deadline.
  nlohmann::json wait_event(const std::function<bool(const nlohmann::json&)>& wanted, Deadline deadline);

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }

 private:
  nlohmann::json read_message(Deadline deadline);
  void keep_event(nlohmann::json event);
  std::string next_command(const std::string& command, nlohmann::json arguments);
  nlohmann::json wait_answer(const std::string& command, Deadline deadline);
  UniqueFd socket_;
  int vm_pidfd_;
  QmpFramer framer_;
  std::deque<nlohmann::json> events_;
  std::uint64_t next_id_ = 1;
};

}  // namespace agentbox
