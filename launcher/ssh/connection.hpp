// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/exit_status.hpp"
#include "core/units.hpp"
#include "sys/terminal.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"
#include "wire/dial.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace agentbox {

struct TcpAddress {
  std::string address = "127.0.0.1";  ///< numeric
  Port port;
};

/// Silence before a guest is asked whether it is still there, and before it counts as dead. Generous: one under emulation on a
/// busy host has been seen to say nothing for minutes, and giving up costs the user the session.
struct SshPatience {
  std::chrono::seconds probe_after{30};
  std::chrono::seconds dead_after{300};
};

struct SshEndpoint {
  std::variant<TcpAddress, DialSocket> server;  ///< where a connected socket comes from
  std::string user;
  std::string host_key;     ///< the one accepted host key, "ssh-ed25519 AAAA..."
  std::string private_key;  ///< OpenSSH PEM text, used from memory
  SshPatience patience = {};
  /// Whether the line itself says who we are, since nobody else can reach its other end (a serial port of our own
  /// machine): then it is asked whether that will do (the "none" method, RFC 4252 section 5.2), and the key is for a
  /// server that wants more.
  bool line_is_ours = false;
};

/// "127.0.0.1 port 22", for messages.
std::string to_string(const SshEndpoint& endpoint);

struct PtyRequest {
  std::string term;
  TerminalSize size;
};

/// What to run on a session channel.
struct RemoteCommand {
  std::string command;  ///< for the remote shell; the caller quotes. Empty: a login shell
  /// Sent as SSH "env" requests with want-reply (RFC 4254 section 6.4), never as part of a command line.
  /// A refusal is Error{backend}.
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::optional<PtyRequest> pty = {};
};

struct RemoteOutput {
  ExitStatus status;
  std::string output;
  std::string error_output;
};

class RemoteChannel;

/// One authenticated SSH connection. libssh's types stay behind it. Hardened for a hostile server: no config files, one
/// pinned host key, public-key authentication with one key (or none: SshEndpoint::line_is_ours), every request of the server refused (but those for
/// forwards that we asked for). Not thread-safe.
class SshConnection {
 public:
  /// Connects, checks the host key, authenticates. Retries, each time with a new socket, while the port refuses or resets (the guest may still be
  /// coming up) until the deadline. Throws Error{backend} at the deadline or on a wrong host key; Interrupted on a
  /// signal. wait_with_fd: a descriptor that becomes readable when waiting is pointless (QEMU's pidfd); -1 for none.
  static SshConnection connect(const SshEndpoint& endpoint, Deadline deadline, int wait_with_fd = -1);

  SshConnection(SshConnection&&) noexcept;
  SshConnection& operator=(SshConnection&&) noexcept;
  ~SshConnection();

  /// Runs a command to its end, feeding input, collecting at most limit bytes of each stream. Throws Error{backend} at the deadline;
  /// the command may run on then.
  RemoteOutput run(const RemoteCommand& command, std::string_view input = {}, ByteSize limit = ByteSize::mebibytes(4),
                   std::optional<Deadline> deadline = {});
  /// The same for much output: each part of stdout is handed on as it comes, and collected nowhere. What on_output throws ends it.
  RemoteOutput run_with_output(const RemoteCommand& command, const std::function<void(std::string_view)>& on_output);
  /// The same for long work: each line of output (stdout and stderr together) is handed on as it comes, escaped by
  /// nobody.
  ExitStatus run_with_lines(const RemoteCommand& command, std::string_view input,
                            const std::function<void(std::string_view)>& on_line);

  /// Asks the server to listen on its loopback and to forward each connection to 127.0.0.1:host_port here
  /// (RFC 4254 section 7.1). The relay and run_with_lines() serve such connections while they run.
  /// guest_port 0 is not accepted. Throws Error{backend} when refused.
  void forward_guest_port(Port guest_port, Port host_port);

  /// Joins each connection to a listening, non-blocking socket of ours to localhost:guest_port of the guest (RFC 4254
  /// section 7.2). Served like the others; one that the guest refuses is closed.
  void publish(UniqueFd listener, Port guest_port);
  /// Whether such a connection was refused because the guest's server is not set up to forward any (AllowTcpForwarding),
  /// rather than because nothing listened there.
  [[nodiscard]] bool forwarding_refused() const;

  /// Opens a session channel and starts the command; for the relay.
  std::unique_ptr<RemoteChannel> start(const RemoteCommand& command);

 private:
  friend class RemoteChannel;
  friend class ParkedConnection;
  struct Impl;
  explicit SshConnection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A running command. Events are delivered by serve() only.
class RemoteChannel {
 public:
  virtual ~RemoteChannel() = default;

  /// The connection's socket, for poll(2): see wanted_events(). -1 when it is not to be polled now: the connection is
  /// lost, or so much is unread that no more is taken from the server. Call serve() after each poll(2), at least every
  /// 30 s (it keeps the connection alive), whichever descriptor was ready.
  [[nodiscard]] virtual int fd() const = 0;
  [[nodiscard]] virtual short wanted_events() const = 0;
  /// Lets libssh read and write its socket without blocking, and serves the forwards.
  virtual void serve() = 0;
  /// Descriptors of forwarded connections to poll as well, appended to the set: (fd, events).
  virtual void append_poll_set(std::vector<std::pair<int, short>>& set) const = 0;

  /// Bytes that can be written now without blocking (the channel's window). 0: stop reading the source.
  [[nodiscard]] virtual std::size_t writable_bytes() const = 0;
  /// Writes up to writable_bytes(); returns what was taken.
  virtual std::size_t write(std::string_view data) = 0;
  virtual void send_eof() = 0;

  /// Moves up to limit received bytes of stdout (or stderr) out. What is not read bounds what the server may send:
  /// the implementation never buffers more than its window (RFC 4254 section 5.2), even for a server that ignores it.
  virtual std::string read_stdout(std::size_t limit) = 0;
  virtual std::string read_stderr(std::size_t limit) = 0;
  /// True when the server sent EOF (or closed) and everything was read.
  [[nodiscard]] virtual bool output_finished() const = 0;

  virtual void resize(TerminalSize size) = 0;
  virtual void send_signal(std::string_view name) = 0;  ///< "INT", without SIG

  /// Set once the exit status or signal has come.
  [[nodiscard]] virtual std::optional<ExitStatus> exit_status() const = 0;
  /// The connection is gone (closed, broken, keepalive unanswered), or the server closed the channel without telling
  /// how the command ended. What was received before can still be read.
  [[nodiscard]] virtual bool connection_lost() const = 0;
  /// Why, once connection_lost(); fit to print.
  [[nodiscard]] virtual std::string lost_reason() const { return "the connection to the guest was lost"; }
};

}  // namespace agentbox
