// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"
#include "ssh/channel.hpp"
#include "ssh/socket_wait.hpp"
#include "sys/unique_fd.hpp"

#include <memory>
#include <string>

namespace agentbox {

/// One connection that joins a channel to a socket of the host: made by a guest process to a forwarded port, or by a
/// process of the host to a published one. Each direction
/// holds one chunk and takes no more until that is gone; each can end before the other (half-close).
/// Nothing here blocks or throws: whatever goes wrong on the host's side ends this connection only.
class ForwardedConnection {
 public:
  /// Connects to 127.0.0.1:host_port.
  ForwardedConnection(std::unique_ptr<Channel> channel, Port host_port) noexcept;
  /// Connected already, and non-blocking.
  ForwardedConnection(std::unique_ptr<Channel> channel, UniqueFd accepted) noexcept
      : channel_(std::move(channel)), socket_(std::move(accepted)) {}

  /// Moves what can be moved, at most write_budget bytes towards the guest. Returns the bytes moved that way.
  std::size_t pump(std::size_t write_budget) noexcept;
  /// True when both directions have ended or either side is broken.
  [[nodiscard]] bool finished() const noexcept;
  /// The host's socket and what to wait for. Nothing when progress depends on the guest alone.
  void append_poll_set(PollSet& set, std::size_t write_budget) const;
  [[nodiscard]] bool over_bound() const { return channel_ && channel_->over_bound(); }
  std::unique_ptr<Channel> release_channel() noexcept { return std::move(channel_); }
  /// Its channel was released; nothing but destruction is left.
  [[nodiscard]] bool retired() const noexcept { return !channel_; }

 private:
  [[nodiscard]] bool connected() noexcept;
  void move_to_host();
  std::size_t move_to_guest(std::size_t budget);

  std::unique_ptr<Channel> channel_;
  UniqueFd socket_;
  bool connecting_ = false;
  bool broken_ = false;
  std::string to_host_;
  std::string to_guest_;
  bool host_ended_ = false;    ///< the host sent EOF
  bool eof_to_guest_ = false;  ///< and we passed it on
  bool eof_to_host_ = false;
};

}  // namespace agentbox
