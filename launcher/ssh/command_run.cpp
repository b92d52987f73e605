// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/command_run.hpp"

#include "core/error.hpp"
#include "ssh/socket_wait.hpp"

#include <algorithm>

namespace agentbox {

namespace {

constexpr std::size_t output_chunk = 65536;
constexpr std::size_t longest_line = 65536;

/// The exit status has come, but no EOF: something that the command left behind holds its output open.
constexpr std::chrono::seconds patience_for_eof{2};
/// How often serve() is due; see RemoteChannel::fd().
constexpr std::chrono::seconds turn{30};

bool hand_on(RemoteChannel& channel, const std::function<void(Stream, std::string_view)>& on_output) {
  bool any = false;
  while (true) {
    const std::string output = channel.read_stdout(output_chunk);
    const std::string error_output = channel.read_stderr(output_chunk);
    if (output.empty() && error_output.empty()) {
      return any;
    }
    any = true;
    if (!output.empty()) {
      on_output(Stream::standard_output, output);
    }
    if (!error_output.empty()) {
      on_output(Stream::standard_error, error_output);
    }
  }
}

}  // namespace

ExitStatus run_to_end(RemoteChannel& channel, std::string_view input,
                      const std::function<void(Stream, std::string_view)>& on_output, std::optional<Deadline> deadline) {
  SocketWait wait;
  bool eof_sent = false;
  Deadline silence_ends = Clock::now() + patience_for_eof;
  while (true) {
    input.remove_prefix(channel.write(input));
    if (input.empty() && !eof_sent) {
      channel.send_eof();
      eof_sent = true;
    }
    if (hand_on(channel, on_output) || !channel.exit_status()) {
      silence_ends = Clock::now() + patience_for_eof;
    }
    if (const auto status = channel.exit_status();
        status && (channel.output_finished() || channel.connection_lost() || Clock::now() >= silence_ends)) {
      return *status;
    }
    if (channel.connection_lost()) {
      throw Error(ErrorKind::backend, channel.lost_reason());
    }
    if (deadline && Clock::now() >= *deadline) {
      throw Error(ErrorKind::backend, "the guest did not do it in time");
    }
    PollSet set{{channel.fd(), channel.wanted_events()}};
    channel.append_poll_set(set);
    const Deadline due = channel.exit_status() ? silence_ends : Clock::now() + turn;
    wait.wait(set, deadline ? std::min(due, *deadline) : due);
    channel.serve();
  }
}

void LineSplitter::add(std::string_view part) {
  while (!part.empty()) {
    const std::size_t newline = part.find('\n');
    const std::size_t room = longest_line - partial_.size();
    const std::size_t length = std::min({newline, room, part.size()});
    partial_.append(part.substr(0, length));
    part.remove_prefix(length);
    const bool at_newline = length == newline;
    if (at_newline) {
      part.remove_prefix(1);
    }
    if (at_newline || partial_.size() == longest_line) {
      on_line_(partial_);
      partial_.clear();
    }
  }
}

void LineSplitter::finish() {
  if (!partial_.empty()) {
    on_line_(partial_);
    partial_.clear();
  }
}

}  // namespace agentbox
