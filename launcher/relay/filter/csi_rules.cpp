// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/filter/csi_rules.hpp"

#include "relay/filter/csi.hpp"

#include <algorithm>
#include <array>
#include <string>

// Names are those of xterm's ctlseqs, the kitty keyboard protocol and DEC's manuals.

namespace agentbox {
namespace {

enum class Judge {
  draw,           ///< any numbers
  soft_reset,     ///< DECSTR: without a number, as who follows the terminal's modes knows it
  scroll_down,    ///< one number; five are another thing (mouse highlighting)
  attributes,     ///< SGR: numbers with parts, too
  insert_mode,    ///< IRM alone: the others lock the keyboard, echo locally, ...
  private_modes,  ///< those of the lists below
  tab_reset,      ///< DECST8C
  cursor_shape,   ///< DECSCUSR
  keyboard,       ///< kitty's
  other_keys,     ///< modifyOtherKeys alone of XTMODKEYS
  window,         ///< sizes; push and pop of the title
  // Questions. What a terminal answers to them is numbers of its own, or its own name.
  identity,          ///< DA1, DA2, XTVERSION: without a parameter, or 0
  status,            ///< DSR: is it there, where is the cursor
  private_status,    ///< DECXCPR; whether colours are dark or light
  keyboard_query,    ///< kitty's flags
  other_keys_query,  ///< XTQMODKEYS 4
  mode_query,        ///< DECRQM, of the modes that may be set
};

struct Rule {
  CsiKind kind;
  Judge judge;
};

constexpr std::array rules_of_kinds = {
    Rule{"m", Judge::attributes},
    // CUP CUU CUD CUF CUB CNL CPL CHA VPA HVP HPA HPR VPR CHT CBT
    Rule{"H", Judge::draw},
    Rule{"A", Judge::draw},
    Rule{"B", Judge::draw},
    Rule{"C", Judge::draw},
    Rule{"D", Judge::draw},
    Rule{"E", Judge::draw},
    Rule{"F", Judge::draw},
    Rule{"G", Judge::draw},
    Rule{"d", Judge::draw},
    Rule{"f", Judge::draw},
    Rule{"`", Judge::draw},
    Rule{"a", Judge::draw},
    Rule{"e", Judge::draw},
    Rule{"I", Judge::draw},
    Rule{"Z", Judge::draw},
    // ED EL ECH ICH DCH IL DL SU SD REP TBC
    Rule{"J", Judge::draw},
    Rule{"K", Judge::draw},
    Rule{"X", Judge::draw},
    Rule{"@", Judge::draw},
    Rule{"P", Judge::draw},
    Rule{"L", Judge::draw},
    Rule{"M", Judge::draw},
    Rule{"S", Judge::draw},
    Rule{"T", Judge::scroll_down},
    Rule{"b", Judge::draw},
    Rule{"g", Judge::draw},
    // DECSTBM, SCOSC or DECSLRM, SCORC, DECSTR
    Rule{"r", Judge::draw},
    Rule{"s", Judge::draw},
    Rule{"u", Judge::draw},
    Rule{"!p", Judge::soft_reset},
    // Rectangles, by which tmux draws: DECCRA, DECFRA, DECERA
    Rule{"$v", Judge::draw},
    Rule{"$x", Judge::draw},
    Rule{"$z", Judge::draw},
    Rule{"?h", Judge::private_modes},
    Rule{"?l", Judge::private_modes},
    Rule{"h", Judge::insert_mode},
    Rule{"l", Judge::insert_mode},
    Rule{" q", Judge::cursor_shape},
    Rule{"?W", Judge::tab_reset},
    Rule{">u", Judge::keyboard},
    Rule{"<u", Judge::keyboard},
    Rule{"=u", Judge::keyboard},
    Rule{">m", Judge::other_keys},
    Rule{"t", Judge::window},
    Rule{"n", Judge::status},
    Rule{"?n", Judge::private_status},
    Rule{"c", Judge::identity},
    Rule{">c", Judge::identity},
    Rule{">q", Judge::identity},
    Rule{"?u", Judge::keyboard_query},
    Rule{"?m", Judge::other_keys_query},
    Rule{"?$p", Judge::mode_query},
};

/// Wrapping, the cursor, synchronized output: what a program without a keyboard may want, too.
constexpr int modes_of_output[] = {7, 25, 2026};
constexpr int modes_of_screen[] = {
    5,                 // reverse video: a visible bell
    6,                 // origin
    12,                // blinking cursor
    47,                // alternate screen
    69,                // left and right margins
    1047, 1048, 1049,  // alternate screen, saved cursor, both
    2027,              // clusters of code points as one character
};
/// Not among them: 2 (VT52), 3 and 40 (132 columns), 8 (key repeat), 42 (another character set), 46 (a log file), 67
/// (backspace), 1001 (waits for an answer), 1010 and 1011, 1034 (eight-bit keys), 5522 (reads the clipboard), 9001,
/// those of sixel.
constexpr int modes_of_keys[] = {
    1,                       // application cursor keys
    9,                       // mouse, as on X10
    66,                      // application keypad
    1000, 1002, 1003,        // mouse: clicks, drags, all movements
    1004,                    // focus
    1005, 1006, 1015, 1016,  // mouse: how it is written
    1007,                    // the wheel as cursor keys, on the alternate screen
    2004,                    // bracketed paste
    2031,                    // tells when colours become dark or light
    2048,                    // tells of a new size
};

template <std::size_t size>
bool is_in(const int (&list)[size], int number) {
  return std::find(std::begin(list), std::end(list), number) != std::end(list);
}

bool may_be_set(int mode, OutputUse use) {
  return is_in(modes_of_output, mode) || (use != OutputUse::print_only && is_in(modes_of_screen, mode)) ||
         (use == OutputUse::interactive && is_in(modes_of_keys, mode));
}

std::string written(std::string_view body) { return "\x1b[" + std::string(body); }

SequenceVerdict show_if(bool allowed, std::string_view body) {
  return allowed ? SequenceVerdict{written(body), SequenceVerdict::Answer::none} : SequenceVerdict{};
}

SequenceVerdict ask_if(bool allowed, std::string_view body, OutputUse use) {
  const bool asked = allowed && use == OutputUse::interactive;
  return asked ? SequenceVerdict{written(body), SequenceVerdict::Answer::expected} : SequenceVerdict{};
}

/// One `ESC [ ?` for those that may be set.
SequenceVerdict judge_private_modes(const Csi& csi, char final, OutputUse use) {
  std::string modes;
  for (const int mode : csi.numbers()) {
    if (may_be_set(mode, use)) modes += (modes.empty() ? "" : ";") + std::to_string(mode);
  }
  return show_if(!modes.empty(), "?" + modes + final);
}

SequenceVerdict judge_window(const Csi& csi, std::string_view body, const TerminalRules& rules, OutputUse use) {
  constexpr int text_area = 14, cell = 16, columns_and_rows = 18, push = 22, pop = 23;
  const int what = csi.first();
  if (what == push || what == pop) {
    // One form of the three: a guest that pushes 22;1 and 22;2 pops both as well.
    const bool allowed = rules.titles == TerminalRules::Titles::show && use == OutputUse::interactive;
    return allowed ? SequenceVerdict{std::string(what == push ? push_title : pop_title), SequenceVerdict::Answer::none}
                   : SequenceVerdict{};
  }
  const bool size = what == text_area || what == cell || what == columns_and_rows;
  return ask_if(size && csi.count == 1, body, use);
}

SequenceVerdict judge_question(Judge how, const Csi& csi, std::string_view body, OutputUse use) {
  const int first = csi.first();
  const auto asked_if = [&](bool allowed) { return ask_if(allowed && csi.count == 1, body, use); };
  switch (how) {
    case Judge::status:
      return asked_if(first == 5 || first == 6);
    case Judge::private_status:
      return asked_if(first == 6 || first == 996);
    case Judge::keyboard_query:
      return asked_if(csi.parameters.empty());
    case Judge::other_keys_query:
      return asked_if(first == 4);
    case Judge::mode_query:
      return asked_if(may_be_set(first, use));
    default:  // identity
      return asked_if(first <= 0);
  }
}

SequenceVerdict judge_as(Judge how, const Csi& csi, std::string_view body, const TerminalRules& rules, OutputUse use) {
  const bool interactive = use == OutputUse::interactive;
  const int first = csi.first();
  const bool alone = csi.count == 1;
  if (csi.has_parts && how != Judge::attributes) return {};
  switch (how) {
    case Judge::draw:
    case Judge::attributes:
      return show_if(true, body);
    case Judge::soft_reset:
      return show_if(csi.parameters.empty(), body);
    case Judge::scroll_down:
      return show_if(alone, body);
    case Judge::insert_mode:
      return show_if(alone && first == 4, body);
    case Judge::private_modes:
      return judge_private_modes(csi, body.back(), use);
    case Judge::tab_reset:
      return show_if(alone && first == 5, body);
    case Judge::cursor_shape:
      return show_if(use != OutputUse::print_only && alone && first <= 6, body);
    case Judge::keyboard:
      return show_if(interactive && csi.count <= 2, body);
    case Judge::other_keys:
      return show_if(interactive && first == 4 && csi.count <= 2, body);
    case Judge::window:
      return judge_window(csi, body, rules, use);
    default:
      return judge_question(how, csi, body, use);
  }
}

}  // namespace

SequenceVerdict judge_csi(std::string_view body, const TerminalRules& rules, OutputUse use) {
  const auto csi = read_csi(body);
  if (!csi) return {};
  const auto rule = std::find_if(rules_of_kinds.begin(), rules_of_kinds.end(),
                                 [&](const Rule& one) { return one.kind == csi->kind; });
  return rule == rules_of_kinds.end() ? SequenceVerdict{} : judge_as(rule->judge, *csi, body, rules, use);
}

}  // namespace agentbox
