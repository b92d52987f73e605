// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/git_access.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What a push asks for, read from the beginning of its body: gitprotocol-pack(5), "Reference Update Request". Pure.
namespace agentbox::broker {

struct GitCommand {
  std::string old_id;
  std::string new_id;
  std::string ref;  ///< "refs/heads/main"; no space, control character or NUL, else as the guest sent it
  [[nodiscard]] RefChange change() const;
  friend bool operator==(const GitCommand&, const GitCommand&) = default;
};

struct GitCommands {
  std::vector<GitCommand> commands;       ///< empty: git's probe before a large push
  std::vector<std::string> capabilities;  ///< that the client chose: "report-status", "side-band-64k", ...
  [[nodiscard]] bool has(std::string_view capability) const;
  friend bool operator==(const GitCommands&, const GitCommands&) = default;
};

/// Reads the packets up to and with the flush packet, in pieces of any size. What follows it is the pack, which the
/// server cannot take for a command any more: so it is the client's choice of capabilities that must not change what
/// comes next. Hence only those that are known not to are let through, in one spelling. Push options are not among them
/// (they are commands to the service: open this, merge that), nor are signed pushes, whose commands stand elsewhere. As
/// strict as the heads: whatever a server could read in another way is refused, among it packets of lengths that mean
/// something special, and a second list of capabilities.
class GitCommandReader {
 public:
  static constexpr std::size_t most_bytes = 256 * 1024;
  static constexpr std::size_t most_commands = 1000;

  /// Takes what belongs to the commands; says how many bytes that were. 0 once done() or failed().
  std::size_t feed(std::string_view input);

  [[nodiscard]] bool done() const { return state_ == State::done; }
  [[nodiscard]] bool failed() const { return state_ == State::failed; }
  [[nodiscard]] const GitCommands& commands() const { return commands_; }  ///< all of them once done()
  [[nodiscard]] const std::string& why() const { return why_; }            ///< once failed(): a plain sentence's end

 private:
  enum class State { reading, done, failed };
  void end_packet();
  void read_line(std::string_view line);
  void read_capabilities(std::string_view text);
  void read_command(std::string_view line);
  void fail(std::string why);

  State state_ = State::reading;
  std::string packet_;      ///< with its four digits
  std::size_t length_ = 0;  ///< of the packet with its digits; 0: not known yet
  std::size_t total_ = 0;
  GitCommands commands_;
  std::string why_;
};

/// Why each command is refused by the policy, in their order; an empty text for those that are not.
std::vector<std::string> judge_push(const GitAccess& access, std::string_view repository, const GitCommands& commands);

/// Answers a push with its refusal in git's own form, so that the client shows it for each ref. reasons: as of
/// judge_push(); a command without one is refused with the others. message: for the user's eyes, printed as "remote: ...".
/// Empty for clients that did not ask for a report; they get an HTTP status only.
std::string push_report(const GitCommands& commands, const std::vector<std::string>& reasons, std::string_view message);

/// The same for a push that could not be read to its commands' end; what was read of capabilities decides its form.
std::string unreadable_push_report(const GitCommands& commands, std::string_view message);

}  // namespace agentbox::broker
