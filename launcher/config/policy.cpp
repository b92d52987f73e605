// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/policy.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace agentbox {
namespace {

template <class Mode>
using Word = std::pair<std::string_view, Mode>;

// One table per enumeration, read in both directions.
constexpr std::array<Word<NetworkMode>, 3> network_words{
    {{"open", NetworkMode::open}, {"allowlist", NetworkMode::allowlist}, {"offline", NetworkMode::offline}}};
constexpr std::array<Word<WorkspaceMode>, 5> workspace_words{{{"live", WorkspaceMode::live},
                                                             {"overlay", WorkspaceMode::overlay},
                                                             {"copy", WorkspaceMode::copy},
                                                             {"readonly", WorkspaceMode::readonly},
                                                             {"none", WorkspaceMode::none}}};
constexpr std::array<Word<OnExit>, 4> on_exit_words{
    {{"destroy", OnExit::destroy}, {"snapshot", OnExit::snapshot}, {"keep", OnExit::keep}, {"ask", OnExit::ask}}};

constexpr std::array<Word<HistoryMode>, 2> history_words{{{"keep", HistoryMode::keep}, {"none", HistoryMode::none}}};

constexpr std::array<Word<SettingsMode>, 2> settings_words{{{"import", SettingsMode::import}, {"none", SettingsMode::none}}};

constexpr std::array<Word<HotState>, 2> hot_state_words{{{"fresh", HotState::fresh}, {"keep", HotState::keep}}};

constexpr std::array<Word<CredentialMode>, 3> credential_words{
    {{"brokered", CredentialMode::brokered}, {"direct", CredentialMode::direct}, {"none", CredentialMode::none}}};

constexpr std::array<Word<TerminalRules::Clipboard>, 2> clipboard_words{
    {{"none", TerminalRules::Clipboard::none}, {"write", TerminalRules::Clipboard::write}}};
constexpr std::array<Word<TerminalRules::Notifications>, 3> notification_words{
    {{"none", TerminalRules::Notifications::none},
     {"bell", TerminalRules::Notifications::bell},
     {"full", TerminalRules::Notifications::full}}};

template <class Mode, std::size_t size>
std::string word_for(const std::array<Word<Mode>, size>& words, Mode wanted) {
  for (const auto& [word, mode] : words) {
    if (mode == wanted) return std::string(word);
  }
  throw Error(ErrorKind::internal, "a mode without a word");
}

template <class Mode, std::size_t size>
Mode mode_for(const std::array<Word<Mode>, size>& words, std::string_view what, const std::string& text) {
  std::vector<std::string> accepted;
  for (const auto& [word, mode] : words) {
    if (word == text) return mode;
    accepted.emplace_back(word);
  }
  throw Error(ErrorKind::usage, fmt::format("unknown {} \"{}\"", what, escape_untrusted(text, 80)),
              fmt::format("it is one of: {}", join(accepted, ", ")));
}

}  // namespace

bool is_reviewed(WorkspaceMode mode) { return mode == WorkspaceMode::overlay || mode == WorkspaceMode::copy; }

std::string to_string(WorkspaceMode mode) { return word_for(workspace_words, mode); }
std::string to_string(OnExit mode) { return word_for(on_exit_words, mode); }
std::string to_string(HistoryMode mode) { return word_for(history_words, mode); }
std::string to_string(SettingsMode mode) { return word_for(settings_words, mode); }
std::string to_string(CredentialMode mode) { return word_for(credential_words, mode); }
std::string to_string(HotState state) { return word_for(hot_state_words, state); }
std::string to_string(const HotDirectories& hot) {
  std::vector<std::string> words = hot.paths;
  if (hot.detect == HotDirectories::Detect::by_project) words.insert(words.begin(), "auto");
  return words.empty() ? "none" : join(words, ",");
}
std::string to_string(TerminalRules::Clipboard mode) { return word_for(clipboard_words, mode); }
std::string to_string(TerminalRules::Notifications mode) { return word_for(notification_words, mode); }

NetworkMode parse_network_mode(const std::string& text) { return mode_for(network_words, "network mode", text); }
WorkspaceMode parse_workspace_mode(const std::string& text) {
  return mode_for(workspace_words, "workspace mode", text);
}
OnExit parse_on_exit(const std::string& text) { return mode_for(on_exit_words, "action at exit", text); }
HistoryMode parse_history_mode(const std::string& text) { return mode_for(history_words, "history mode", text); }
SettingsMode parse_settings_mode(const std::string& text) { return mode_for(settings_words, "mode of settings", text); }
CredentialMode parse_credential_mode(const std::string& text) {
  return mode_for(credential_words, "credential mode", text);
}
HotState parse_hot_state(const std::string& text) { return mode_for(hot_state_words, "state of hot directories", text); }

void add_hot_directory(HotDirectories& hot, const std::string& word) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::usage, fmt::format("\"{}\" cannot be a hot directory: {}", escape_untrusted(word, 80), why),
                "it is none, or auto and paths below the project: node_modules, web/dist");
  };
  if (word == "auto") {
    if (hot.detect == HotDirectories::Detect::by_project) refuse("it is there already");
    hot.detect = HotDirectories::Detect::by_project;
    return;
  }
  const auto parts = split(word, '/');
  const bool relative = std::all_of(parts.begin(), parts.end(), [](const auto& part) {
    return !part.empty() && part != "." && part != ".." && part.size() < 256;
  });
  if (!relative || word == "none" || word.size() > 1024 || word.find_first_of(std::string_view("\n\0", 2)) != std::string::npos) {
    refuse("it is no plain path below the project");
  }
  if (std::find(parts.begin(), parts.end(), ".git") != parts.end()) refuse("it is git's");
  const auto within = [](const std::string& one, const std::string& other) {
    return one == other || one.starts_with(other + "/");
  };
  for (const auto& other : hot.paths) {
    if (within(word, other) || within(other, word)) refuse("it and " + escape_untrusted(other, 80) + " are in one another");
  }
  hot.paths.push_back(word);
}

HotDirectories parse_hot_directories(const std::string& text) {
  HotDirectories hot;
  if (text == "none") return hot;
  for (const auto& word : split(text, ',')) add_hot_directory(hot, word);
  return hot;
}

TerminalRules::Clipboard parse_clipboard_mode(const std::string& text) {
  return mode_for(clipboard_words, "use of the clipboard", text);
}
TerminalRules::Notifications parse_notification_mode(const std::string& text) {
  return mode_for(notification_words, "way of notifying", text);
}

std::uint64_t parse_count(const std::string& text) {
  std::string_view digits = text;
  std::uint64_t unit = 1;
  if (digits.ends_with('k')) unit = 1000;
  if (digits.ends_with('M')) unit = 1'000'000;
  if (unit > 1) digits.remove_suffix(1);
  std::uint64_t value = 0;
  const bool plain = !digits.empty() && digits.size() <= 13 && digits.front() != '0' &&
                     digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (plain) {
    for (const char digit : digits) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  // Compared before it is multiplied: no overflow.
  if (!plain || value > 1'000'000'000'000 / unit)
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is not a count", escape_untrusted(text, 80)),
                "write it like 500000, 500k or 2M: 1 to 1000000M");
  return value * unit;
}

}  // namespace agentbox
