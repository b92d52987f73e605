// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/git/commands.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace agentbox::broker {
namespace {

constexpr std::size_t digits = 4;
constexpr std::size_t longest_ref = 1000;

/// Four hexadecimal digits; npos for anything else.
std::size_t packet_length(std::string_view text) {
  std::size_t value = 0;
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0) return std::string_view::npos;
    value = value * 16 + static_cast<std::size_t>(digit);
  }
  return value;
}

bool is_object_id(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_null_id(std::string_view id) { return id.find_first_not_of('0') == std::string_view::npos; }

bool is_ref(std::string_view text) {
  return text.size() > 5 && text.size() <= longest_ref && text.starts_with("refs/") &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
}

/// What clients of many makes ask for, none of which changes what is read after the commands. git looks for a word
/// anywhere in the text, between any white space and with or without a value: what is not in this list is not let
/// through in any spelling.
constexpr std::array<std::string_view, 11> known_capabilities{
    "report-status", "report-status-v2", "side-band", "side-band-64k", "quiet",     "atomic",
    "ofs-delta",     "delete-refs",      "agent",     "object-format", "session-id"};

bool is_known_capability(std::string_view word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  const std::string_view name = word.substr(0, word.find('='));
  return plain && std::find(known_capabilities.begin(), known_capabilities.end(), name) != known_capabilities.end();
}

void add_packet(std::string& out, std::string_view data) { out += fmt::format("{:04x}{}", data.size() + digits, data); }

/// The smaller of the two side bands takes 999 bytes with the band's number.
constexpr std::size_t band_piece = 900;
void add_band(std::string& out, char band, std::string_view data) {
  for (; !data.empty(); data.remove_prefix(std::min(band_piece, data.size())))
    add_packet(out, band + std::string(data.substr(0, band_piece)));
}

bool wants_report(const GitCommands& commands) {
  return commands.has("report-status") || commands.has("report-status-v2");
}

std::string in_bands(const GitCommands& commands, std::string_view message, const std::string& report) {
  if (!commands.has("side-band-64k") && !commands.has("side-band")) return report;
  std::string banded;
  add_band(banded, '\2', std::string(message) + "\n");
  add_band(banded, '\1', report);
  return banded + "0000";
}

}  // namespace

RefChange GitCommand::change() const { return is_null_id(new_id) ? RefChange::deletion : RefChange::update; }

bool GitCommands::has(std::string_view capability) const {
  return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

void GitCommandReader::fail(std::string why) {
  state_ = State::failed;
  why_ = std::move(why);
}

std::size_t GitCommandReader::feed(std::string_view input) {
  std::size_t used = 0;
  while (state_ == State::reading && used < input.size()) {
    const std::size_t wanted = (length_ == 0 ? digits : length_) - packet_.size();
    const std::string_view piece = input.substr(used, wanted);
    packet_ += piece;
    used += piece.size();
    total_ += piece.size();
    if (total_ > most_bytes) {
      fail("has more commands than are read");
    } else if (piece.size() == wanted) {
      end_packet();
    }
  }
  return used;
}

/// All of what was waited for is there: the digits, or the packet.
void GitCommandReader::end_packet() {
  if (length_ == 0) {
    const std::size_t length = packet_length(packet_);
    if (length == 0) {
      state_ = State::done;
    } else if (length == std::string_view::npos || length <= digits) {
      fail("does not consist of packets as git sends them");
    } else {
      length_ = length;
    }
    return;
  }
  std::string_view line = std::string_view(packet_).substr(digits);
  if (line.ends_with('\n')) line.remove_suffix(1);
  read_line(line);
  packet_.clear();
  length_ = 0;
}

void GitCommandReader::read_line(std::string_view line) {
  constexpr std::string_view shallow = "shallow ";
  if (line.starts_with(shallow)) {
    if (!commands_.commands.empty() || !is_object_id(line.substr(shallow.size())))
      fail("has a line about a shallow clone that is none");
    return;
  }
  if (line.starts_with("push-cert")) {
    fail("is signed, which is not supported here: leave --signed out");
    return;
  }
  if (const auto end = line.find('\0'); end != std::string_view::npos) {
    if (!commands_.commands.empty()) {
      fail("has capabilities in two places");
      return;
    }
    read_capabilities(line.substr(end + 1));
    if (failed()) return;
    line = line.substr(0, end);
  }
  read_command(line);
}

void GitCommandReader::read_capabilities(std::string_view text) {
  for (std::string& word : split(text, ' ')) {
    if (word.empty()) continue;
    if (word.find("push-options") != std::string::npos)
      return fail(
          "has push options, which are commands to the service and not supported here: leave --push-option out");
    if (!is_known_capability(word))
      return fail(fmt::format("asks for \"{}\", which is not known here", escape_untrusted(word, 80)));
    commands_.capabilities.push_back(std::move(word));
  }
}

void GitCommandReader::read_command(std::string_view line) {
  const auto first = std::min(line.find(' '), line.size());
  const auto second = std::min(line.find(' ', first + 1), line.size());
  const std::string_view old_id = line.substr(0, first);
  const std::string_view new_id = line.substr(std::min(first + 1, line.size()), second - std::min(first + 1, second));
  const std::string_view ref = line.substr(std::min(second + 1, line.size()));
  if (!is_object_id(old_id) || !is_object_id(new_id) || old_id.size() != new_id.size() || !is_ref(ref)) {
    fail("has a command that is none");
    return;
  }
  if (commands_.commands.size() >= most_commands) {
    fail("has more commands than are read");
    return;
  }
  commands_.commands.push_back({std::string(old_id), std::string(new_id), std::string(ref)});
}

std::vector<std::string> judge_push(const GitAccess& access, std::string_view repository, const GitCommands& commands) {
  std::vector<std::string> reasons;
  for (const GitCommand& command : commands.commands) {
    if (may_change(access, repository, command.ref, command.change())) {
      reasons.emplace_back();
    } else if (command.change() == RefChange::deletion &&
               may_change(access, repository, command.ref, RefChange::update)) {
      reasons.emplace_back("the session's policy lets nothing be deleted here");
    } else {
      reasons.emplace_back("not in the session's policy");
    }
  }
  return reasons;
}

std::string push_report(const GitCommands& commands, const std::vector<std::string>& reasons,
                        std::string_view message) {
  if (!wants_report(commands)) return {};
  std::string report;
  add_packet(report, "unpack ok\n");
  for (std::size_t i = 0; i < commands.commands.size(); ++i) {
    const bool own = i < reasons.size() && !reasons[i].empty();
    add_packet(report, fmt::format("ng {} {}\n", commands.commands[i].ref,
                                   own ? reasons[i] : "refused together with the other ones of this push"));
  }
  return in_bands(commands, message, report + "0000");
}

std::string unreadable_push_report(const GitCommands& commands, std::string_view message) {
  if (!wants_report(commands)) return {};
  std::string report;
  add_packet(report, "unpack refused by agentbox\n");
  return in_bands(commands, message, report + "0000");
}

}  // namespace agentbox::broker
