// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/terminal_rules.hpp"
#include "relay/filter/sequence_verdict.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace agentbox {

/// What the user's terminal takes for text. ascii: its locale names another encoding, in which bytes of UTF-8 would be
/// control characters; what is not ASCII becomes `?`.
enum class Encoding { utf8, ascii };

/// Stands between a guest's output and the user's terminal, and lets through what is on a list: well-formed text, the
/// controls that move the cursor, and those sequences that judge_csi(), judge_osc() and a short list of escapes know.
/// All else is dropped: device control strings (DCS, with sixel, DECRQSS, XTGETTCAP and key definitions), APC, PM, SOS,
/// the titles of screen (ESC k), eight-bit controls (C1) in whatever form, changes of the character set's coding, ENQ.
///
/// What comes out is whole sequences and characters: one that the guest has begun is held back until it is complete,
/// and what it never completes never comes out. Pure; the same however the bytes are split; holds no more than
/// longest_osc() and a bit, whatever comes. A string that is never terminated is given up after longest_string bytes.
class OutputFilter {
 public:
  static constexpr std::size_t longest_string = std::size_t{8} << 20U;

  OutputFilter(const TerminalRules& rules, OutputUse use, Encoding encoding);

  /// What the terminal gets of it. Valid until the next call.
  std::string_view filter(std::string_view output);

  /// How many of the sequences since the last call make the terminal answer.
  unsigned take_questions();

 private:
  enum class State {
    ground,
    escape,          ///< behind ESC
    intermediate,    ///< behind ESC and the byte in kept_
    csi,             ///< behind `ESC [`; kept_ is what follows
    csi_too_long,    ///< to be dropped, as soon as it ends
    osc,             ///< behind `ESC ]`; kept_ is what follows
    dropped_string,  ///< behind `ESC P` and its kin
    osc_escape,      ///< behind an ESC in either, which may be that of the terminator
    dropped_escape,
  };

  void take(char byte);
  void take_in_ground(char byte);
  void take_control(char byte);
  void take_in_escape(char byte);
  void take_in_intermediate(char byte);
  void take_in_csi(char byte);
  void take_in_string(char byte);
  void take_behind_string_escape(char byte);
  void take_in_character(char byte);

  void begin(State state);
  void end_osc(std::string_view terminator);
  void end_csi();
  void show(const SequenceVerdict& verdict);
  void show_replacement();

  const TerminalRules rules_;
  const OutputUse use_;
  const Encoding encoding_;
  const std::size_t longest_osc_;

  State state_ = State::ground;
  std::string kept_;        ///< of the sequence that is being read
  std::size_t length_ = 0;  ///< of the string that is being read
  std::string character_;   ///< the beginning of one, in ground
  std::string shown_;       ///< what the current call gives back
  unsigned questions_ = 0;

  /// The user's own title is pushed before the first one of the guest's, to be popped at the end.
  bool title_saved_ = false;
  int titles_pushed_ = 0;  ///< by the guest
};

}  // namespace agentbox
