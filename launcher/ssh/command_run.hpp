// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/exit_status.hpp"
#include "ssh/channel.hpp"
#include "ssh/connection.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox {

/// Feeds input to a running command, hands its output on as it comes, and returns how it ended.
/// Throws Error{backend} when the connection breaks before, or the deadline passes; Interrupted on a signal.
ExitStatus run_to_end(RemoteChannel& channel, std::string_view input,
                      const std::function<void(Stream, std::string_view)>& on_output, std::optional<Deadline> deadline = {});

/// Cuts a stream into lines. A line that is longer than 64 KiB is handed on in pieces: a guest must not make us hold
/// more than that.
class LineSplitter {
 public:
  explicit LineSplitter(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}
  void add(std::string_view part);
  /// Hands on what stands after the last newline.
  void finish();

 private:
  const std::function<void(std::string_view)>& on_line_;
  std::string partial_;
};

}  // namespace agentbox
