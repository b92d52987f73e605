// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "ssh/channel.hpp"
#include "ssh/connection.hpp"
#include "ssh/forward.hpp"
#include "ssh/handles.hpp"
#include "ssh/socket_wait.hpp"
#include "sys/wait.hpp"

#include <libssh/libssh.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// An authenticated libssh session, made safe to run beside other descriptors in one poll set: it never blocks, it
/// bounds what a hostile server can make us hold, refuses what the server asks for, and notices a dead peer.
class SshSession {
 public:
  SshSession(SshSessionOwner session, SshPatience patience);
  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  [[nodiscard]] ssh_session raw() const { return session_.get(); }

  /// -1 when the socket is not to be polled: lost, or more is unread than we are ready to hold.
  [[nodiscard]] int fd() const;
  [[nodiscard]] short wanted_events() const;
  void append_poll_set(PollSet& set) const;
  /// One turn: some reading and writing of the socket, the forwards, the keepalive. Never blocks.
  void serve();

  [[nodiscard]] bool lost() const;
  /// Why; fit to print.
  [[nodiscard]] std::string lost_reason() const;

  /// What may be written now over all channels without piling up data that the server does not take.
  [[nodiscard]] std::size_t write_budget() const;

  /// Repeats a step of libssh's (SSH_OK, SSH_ERROR or SSH_AGAIN) until it is through, waiting in between.
  /// Throws Error{backend} "the guest <attempted>: reason" when it fails, Interrupted on a signal.
  template <class Step>
  void complete(std::string_view attempted, Step step);

  std::unique_ptr<Channel> open_channel();
  /// The end of a channel's use. One that the server has not closed yet is kept and emptied until it does: libssh would
  /// go on buffering what comes for it.
  void retire(std::unique_ptr<Channel> channel) noexcept;

  void add_forward(Port guest_port, Port host_port);
  /// See SshConnection::publish().
  void publish(UniqueFd listener, Port guest_port) { published_.push_back({std::move(listener), guest_port}); }
  [[nodiscard]] bool forwarding_refused() const { return forwarding_refused_; }

 private:
  /// A socket of the host's that listens, and the guest's port behind it.
  struct Published {
    UniqueFd listener;
    Port guest_port;
  };
  /// A connection that was accepted while the guest has not answered yet.
  struct Opening {
    std::unique_ptr<Channel> channel;
    UniqueFd socket;
    Port guest_port;
    Deadline deadline;
  };
  static constexpr std::size_t most_forwards = 64;

  static int on_message(ssh_session, ssh_message message, void* self) noexcept;
  int accept_forward(ssh_message message);
  void read_and_write();
  void serve_forwards();
  [[nodiscard]] bool has_room() const { return forwards_.size() + openings_.size() + closing_.size() < most_forwards; }
  void accept_published();
  void advance_openings();
  void keep_alive();
  void check_limits();
  [[nodiscard]] bool stalled() const;
  [[nodiscard]] std::int64_t bytes_made_and_not_sent() const;
  [[nodiscard]] std::size_t backlog() const;
  void await_turn(std::string_view attempted);
  [[noreturn]] void fail(std::string_view attempted) const;

  ssh_counter_struct socket_bytes_{};  ///< what went through the socket
  ssh_counter_struct packet_bytes_{};  ///< what libssh put into packets
  std::int64_t settled_ = 0;           ///< packet minus socket bytes when nothing was left to be sent
  std::uint64_t heard_bytes_ = 0;
  Deadline last_heard_ = Clock::now();
  Deadline last_probe_ = Clock::now();
  bool probed_ = false;
  SshPatience patience_;
  std::string abuse_;  ///< why we gave the connection up, if we did

  SshSessionOwner session_;
  SshEventOwner event_;
  std::vector<Channel*> channels_;  ///< those in use; owned by their users
  std::vector<std::unique_ptr<Channel>> closing_;
  std::map<Port, Port> forwarded_ports_;
  std::vector<ForwardedConnection> forwards_;
  std::vector<Published> published_;
  std::vector<Opening> openings_;
  bool forwarding_refused_ = false;
};

template <class Step>
void SshSession::complete(std::string_view attempted, Step step) {
  while (true) {
    const int result = step();
    if (result == SSH_OK) {
      return;
    }
    if (result != SSH_AGAIN || lost()) {
      fail(attempted);
    }
    await_turn(attempted);
  }
}

}  // namespace agentbox
