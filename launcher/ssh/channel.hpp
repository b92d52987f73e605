// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/exit_status.hpp"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox {

enum class Stream { standard_output = 0, standard_error = 1 };

/// One libssh channel (a session's or a forwarded connection's) with its callbacks, and the bound on what it holds.
///
/// libssh 0.10 gives the server a new window of 1.28 MB whenever ssh_channel_read() finds the old one half used,
/// however much is still unread. So a reader that takes a little at a time would grow the buffer without end. Channel
/// therefore takes all that libssh holds in one go, and only when what it took before is used up: an honest server can
/// make it hold two windows per stream, no more. The window is not enforced against a server that ignores it. For that
/// one, over_bound() tells the owner of the connection to stop reading its socket.
class Channel {
 public:
  /// A new channel, not opened yet. Throws Error{backend}.
  explicit Channel(ssh_session session);
  /// A channel that libssh has opened for the server.
  explicit Channel(ssh_channel accepted);
  /// Frees the channel; see SshSession::retire() for one that the server may still send to.
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] ssh_channel raw() const { return raw_; }

  /// Moves at most limit bytes out. Empty: nothing is there now.
  std::string read(Stream stream, std::size_t limit);
  [[nodiscard]] bool readable(Stream stream) const;
  /// Takes everything out of libssh, which hands out nothing any more once the connection is lost.
  void rescue();
  [[nodiscard]] bool over_bound() const;

  /// The server's window: what may be written now.
  [[nodiscard]] std::size_t window() const;
  /// Returns the bytes taken: possibly fewer, none during a key re-exchange.
  std::size_t write(std::string_view data);
  void send_eof();
  /// Closes our side and throws away whatever still comes.
  void close_and_discard();

  /// The server will send no more data (there may be some to be read).
  [[nodiscard]] bool remote_eof() const { return remote_eof_; }
  [[nodiscard]] bool remote_closed() const { return remote_closed_; }
  [[nodiscard]] const std::optional<ExitStatus>& exit_status() const { return exit_status_; }

 private:
  struct Inbox {
    std::size_t in_libssh = 0;
    std::string taken;
    std::size_t offset = 0;  ///< of the first byte of taken that was not read
  };

  void register_callbacks();
  int on_data(std::size_t buffered, int is_stderr) noexcept;
  void on_exit(ExitStatus status) noexcept;
  void take_from_libssh(Stream stream);
  [[nodiscard]] Inbox& inbox(Stream stream) { return inboxes_[static_cast<std::size_t>(stream)]; }
  [[nodiscard]] const Inbox& inbox(Stream stream) const { return inboxes_[static_cast<std::size_t>(stream)]; }

  ssh_channel raw_;
  ssh_channel_callbacks_struct callbacks_{};
  std::array<Inbox, 2> inboxes_;
  std::optional<ExitStatus> exit_status_;
  bool remote_eof_ = false;
  bool remote_closed_ = false;
  bool discarding_ = false;
};

}  // namespace agentbox
