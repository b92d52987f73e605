// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/ask/ask_dialog.hpp"
#include "relay/escape.hpp"
#include "relay/paste_keys.hpp"
#include "relay/record/text_masker.hpp"
#include "relay/relay.hpp"
#include "relay/terminal_guard.hpp"
#include "relay/user_stream.hpp"
#include "sys/signals.hpp"
#include "sys/wait.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox {

/// One relay() call: the state of both directions, and one method for each kind of event.
class RelayLoop {
 public:
  RelayLoop(RemoteChannel& channel, const RelayOptions& options);
  RelayOutcome run();

 private:
  using MaybeOutcome = std::optional<RelayOutcome>;

  // One turn of the loop.
  MaybeOutcome move_output();
  MaybeOutcome move_input();
  void wait();
  MaybeOutcome on_signals();
  [[nodiscard]] MaybeOutcome ended() const;

  // Guest -> user.
  bool take_from_channel();
  void show_output(std::string_view received);
  void show_error_output(std::string_view received);
  void tell_listener(std::string_view shown);
  void record_lines(std::string_view received);
  void pass_on(std::string_view received, std::optional<TerminalOutput>& printed, OutputStream& stream, TextMasker* mask);
  static void show_on(std::string_view text, std::optional<TerminalOutput>& printed, OutputStream& stream);
  void finish_masks();
  MaybeOutcome flush(OutputStream& stream);

  // User -> guest.
  MaybeOutcome read_input();
  MaybeOutcome on_typed(std::string_view bytes);
  void take_typed(std::string typed);
  void send_input();
  [[nodiscard]] bool wants_input() const;

  // Questions to the user.
  void serve_questions();
  void ask_for_repaint();
  void repaint_if_due();

  // Signals.
  MaybeOutcome on_interrupt();
  void stop_self();
  void on_continue();
  void send_size();

  [[nodiscard]] bool terminal_mode() const { return options_.mode == RelayMode::terminal; }
  [[nodiscard]] bool output_pending() const { return output_.pending() || error_output_.pending(); }
  [[nodiscard]] bool remote_over() const;
  [[nodiscard]] std::optional<Deadline> wake_up_at() const;

  RemoteChannel& channel_;
  const RelayOptions options_;
  SignalFd signals_;

  InputStream input_;
  OutputStream output_;
  OutputStream error_output_;
  std::optional<TerminalGuard> terminal_;  ///< in terminal mode
  // In pipes mode, those of the two that are terminals all the same.
  std::optional<TerminalOutput> printed_;
  std::optional<TerminalOutput> printed_errors_;
  struct Masks {
    TextMasker output;
    TextMasker error_output;
  };
  std::optional<Masks> masks_;  ///< in pipes mode

  std::optional<AskDialog> dialog_;         ///< where there is somebody to be asked
  std::optional<Deadline> repaint_ends_;    ///< the guest believes in another size until then

  EscapeScanner escape_;
  PasteKeyScanner paste_keys_;
  std::string to_send_;   ///< read from the user, not yet taken by the channel
  std::size_t sent_ = 0;  ///< of to_send_
  bool input_ended_ = false;
  bool eof_sent_ = false;
  bool interrupted_once_ = false;
  // What the last wait() found.
  bool signal_pending_ = false;
  bool input_ready_ = false;
  bool side_ready_ = false;
  bool vm_ended_ = false;
  Deadline silence_ends_;
  bool remote_spoke_ = false;
};

}  // namespace agentbox
