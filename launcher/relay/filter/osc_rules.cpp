// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/filter/osc_rules.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace agentbox {
namespace {

constexpr std::size_t longest_title = 256;
constexpr std::size_t longest_notification = 256;
constexpr std::size_t longest_link = 2083;     // VTE's bound
constexpr std::size_t longest_link_name = 64;  // of its id
constexpr std::size_t longest_clipping = 100'000;

constexpr std::string_view letters_and_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

std::pair<std::string_view, std::string_view> split_once(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

/// For a window's frame, a task bar, a notification: without control characters and what reorders a line. Whole
/// characters.
std::string plain_line(std::string_view text, std::size_t longest) {
  std::string line;
  while (!text.empty()) {
    const Utf8Character character = first_utf8_character(text);
    const std::string_view bytes = text.substr(0, character.length);
    const bool plain =
        character.code && !is_control_character(*character.code) && !is_bidirectional_mark(*character.code);
    if (plain && line.size() + bytes.size() > longest) break;
    line += plain ? bytes : std::string_view();
    text.remove_prefix(bytes.size());
  }
  return line;
}

std::string osc(std::string_view content, std::string_view terminator) {
  return "\x1b]" + std::string(content) + std::string(terminator);
}

SequenceVerdict judge_title(std::string_view kind, std::string_view text, std::string_view terminator,
                            const TerminalRules& rules) {
  if (rules.titles == TerminalRules::Titles::drop) return {};
  return {osc(std::string(kind) + ";" + plain_line(text, longest_title), terminator), SequenceVerdict::Answer::none};
}

/// Nothing but printable ASCII, a scheme that opens no file and no program, and no user name that poses as the host.
bool may_be_linked(std::string_view uri) {
  const bool printable = std::all_of(uri.begin(), uri.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!printable || uri.size() > longest_link) return false;
  if (uri.starts_with("mailto:")) return true;
  if (!uri.starts_with("http://") && !uri.starts_with("https://")) return false;
  const std::string_view rest = uri.substr(uri.find("//") + 2);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  return !host.empty() && host.find_first_of("@\\") == std::string_view::npos;
}

/// The id alone, by which a terminal joins the parts of a link that was wrapped.
std::string link_parameters(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto [one, rest] = split_once(parameters, ':');
    const auto [key, value] = split_once(one, '=');
    if (key == "id" && !value.empty() && value.size() <= longest_link_name &&
        consists_of(value, std::string(letters_and_digits) + "-_.")) {
      return std::string(one);
    }
    parameters = rest;
  }
  return {};
}

/// A link that may not be shown ends the one before, as it would have.
SequenceVerdict judge_hyperlink(std::string_view text, std::string_view terminator, const TerminalRules& rules) {
  if (rules.hyperlinks == TerminalRules::Hyperlinks::drop) return {};
  const auto [parameters, uri] = split_once(text, ';');
  const bool shown = !uri.empty() && may_be_linked(uri);
  const std::string link = shown ? link_parameters(parameters) + ";" + std::string(uri) : ";";
  return {osc("8;" + link, terminator), SequenceVerdict::Answer::none};
}

/// Whether they are dark or light is what programs ask for. A guest sets no colours, so the answer is the user's own.
SequenceVerdict judge_colour(std::string_view kind, std::string_view text, std::string_view terminator, OutputUse use) {
  if (text != "?" || use != OutputUse::interactive) return {};
  return {osc(std::string(kind) + ";?", terminator), SequenceVerdict::Answer::expected};
}

SequenceVerdict judge_clipboard(std::string_view text, std::string_view terminator, const TerminalRules& rules) {
  if (rules.clipboard == TerminalRules::Clipboard::none) return {};
  const auto [selection, data] = split_once(text, ';');
  const std::string base64 = std::string(letters_and_digits) + "+/=";
  constexpr std::size_t most_selections = 8;
  const bool allowed = text.find(';') != std::string_view::npos && selection.size() <= most_selections &&
                       consists_of(selection, "cpqs01234567") && data.size() <= longest_clipping &&
                       consists_of(data, base64);  // "?" asks for what is in it
  if (!allowed) return {};
  return {osc("52;" + std::string(selection) + ";" + std::string(data), terminator), SequenceVerdict::Answer::none};
}

/// Some terminals take `9;4;...` and the like for commands of other kinds (ConEmu's run programs); how much of `4x` is a
/// number to them is theirs.
bool looks_like_command(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  if (text.empty() || digits.find(text.front()) == std::string_view::npos) return false;
  return text.find(';') != std::string_view::npos || consists_of(text, digits);
}

/// kitty's: `KEY=VALUE:...`; other types ask what the terminal can do, close what was shown, send pictures. d=0: more
/// follows.
bool begins_notification(std::string_view metadata) {
  while (!metadata.empty()) {
    const auto [one, rest] = split_once(metadata, ':');
    if ((one.starts_with("p=") && one != "p=title") || one == "d=0") return false;
    metadata = rest;
  }
  return true;
}

SequenceVerdict judge_notification(std::string_view kind, std::string_view text, std::string_view terminator,
                                   const TerminalRules& rules) {
  const auto [command, words] = split_once(text, ';');
  const std::string line = plain_line(text, longest_notification);  // a mark that is left out hides no command
  const bool is_notification = kind == "9"    ? !looks_like_command(line)
                               : kind == "99" ? begins_notification(command)
                                              : command == "notify";
  if (!is_notification || rules.notifications == TerminalRules::Notifications::none) return {};
  // kitty's can hold buttons, and reports of them: it rings.
  if (rules.notifications == TerminalRules::Notifications::bell || kind == "99")
    return {"\a", SequenceVerdict::Answer::none};
  if (kind == "9")
    return {osc("9;" + line, terminator), SequenceVerdict::Answer::none};
  const auto [title, body] = split_once(words, ';');
  return {osc("777;notify;" + plain_line(title, longest_notification) + ";" + plain_line(body, longest_notification),
              terminator),
          SequenceVerdict::Answer::none};
}

}  // namespace

std::size_t longest_osc(const TerminalRules& rules) {
  constexpr std::size_t usual = 4096;
  return rules.clipboard == TerminalRules::Clipboard::write ? longest_clipping + usual : usual;
}

bool is_title(std::string_view content) {
  const auto [kind, text] = split_once(content, ';');
  return kind == "0" || kind == "1" || kind == "2";
}

SequenceVerdict judge_osc(std::string_view content, std::string_view terminator, const TerminalRules& rules,
                          OutputUse use) {
  const auto [kind, text] = split_once(content, ';');
  if (kind.size() == content.size()) return {};  // those without a text reset what was never set
  if (is_title(content)) return judge_title(kind, text, terminator, rules);
  if (kind == "8") return judge_hyperlink(text, terminator, rules);
  if (kind == "10" || kind == "11") return judge_colour(kind, text, terminator, use);
  if (kind == "52") return judge_clipboard(text, terminator, rules);
  if (kind == "9" || kind == "99" || kind == "777") return judge_notification(kind, text, terminator, rules);
  return {};
}

}  // namespace agentbox
