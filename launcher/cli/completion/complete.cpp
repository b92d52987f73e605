// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/completion/complete.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace agentbox {

namespace {

using Words = std::vector<std::string>;
using Names = std::function<Words(NameKind)>;

std::optional<NameKind> kind_of(const std::string& type) {
  static const std::map<std::string, NameKind> kinds = {
      {"AGENT", NameKind::agent},     {"BASE", NameKind::base},         {"POLICY", NameKind::policy},
      {"SESSION", NameKind::session}, {"SNAPSHOT", NameKind::snapshot}, {"SECRET", NameKind::secret},
      {"TEMPLATE", NameKind::machine_template}, {"AGENT_OR_BASE", NameKind::agent_or_base}, {"RECORDING", NameKind::recording},
      {"SOURCE", NameKind::session_or_snapshot}, {"ENDED", NameKind::ended}, {"LOGGED", NameKind::logged}};
  const auto found = kinds.find(type);
  return found == kinds.end() ? std::nullopt : std::optional(found->second);
}

// "SESSION" of diff, apply, discard and undo means another kind of names than elsewhere.
NameKind meant_by(NameKind kind, const CommandText& command) {
  static const Words reviewing{"diff", "apply", "discard", "undo"};
  const bool reviews = !command.path.empty() && std::find(reviewing.begin(), reviewing.end(), command.path.front()) != reviewing.end();
  return kind == NameKind::session && reviews ? NameKind::reviewed : kind;
}

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

/// Where the cursor is within the words of one command.
struct Place {
  const OptionText* open_option = nullptr;  ///< the last word; the cursor is at its value
  std::size_t arguments = 0;                ///< complete ones before the cursor
  bool behind_dashes = false;
  std::size_t next = 0;  ///< for agentbox itself: index of the command word, or the end
};

enum class StopAt { end, first_argument };

Place find_place(const Words& words, std::size_t from, const CommandText& command, StopAt stop) {
  Place place;
  place.next = from;
  for (; place.next < words.size(); ++place.next) {
    const std::string& word = words[place.next];
    place.open_option = nullptr;
    if (word == "--") {
      place.behind_dashes = true;
      return place;
    }
    if (!is_option(word)) {
      if (stop == StopAt::first_argument) {
        return place;
      }
      ++place.arguments;
      continue;
    }
    const OptionText* option = command.find_option(word);
    if (option != nullptr && !option->value.empty()) {
      place.open_option = option;
      ++place.next;  // its value
    }
  }
  if (place.next == words.size() && place.open_option != nullptr) {
    place.open_option = nullptr;  // the value is there already
  }
  place.next = std::min(place.next, words.size());
  return place;
}

class Completer {
 public:
  Completer(std::string word, const Names& names) : word_(std::move(word)), names_(names) {}

  void offer(const std::string& text, const std::string& description) {
    if (text.starts_with(word_)) {
      result.candidates.push_back({text, description});
    }
  }

  void options_of(const CommandText& command) {
    for (const auto& option : command.options) {
      for (const auto& spelling : option.spellings) {
        offer(spelling, option.description);
      }
    }
  }

  void commands_of(const CommandText& command) {
    for (const auto& below : command.commands) {
      offer(below.path.back(), below.summary);
    }
  }

  /// before: what stands in the word already and must stay, "--base=" or "claude,".
  void values_of(const std::string& type, const std::string& before, const CommandText& command) {
    if (const auto kind = kind_of(type)) {
      for (const auto& name : names_(meant_by(*kind, command))) {
        offer(before + name, "");
      }
    } else if (type == "DIR") {
      result.files = Completion::Files::directories;
    } else if (type == "FILE") {
      result.files = Completion::Files::files;
    } else if (type == "AGENT,...") {
      const auto comma = word_.rfind(',');
      values_of("AGENT", comma == std::string::npos ? before : word_.substr(0, comma + 1), command);
    } else if (type.find('|') != std::string::npos) {
      for (const auto& choice : split(type, '|')) {
        offer(before + choice, "");
      }
    }
  }

  /// True when the word is "--option=..." with an option that takes a value.
  bool glued_value(const CommandText& command) {
    const auto equals = word_.find('=');
    const OptionText* option = equals == std::string::npos ? nullptr : command.find_option(word_.substr(0, equals));
    if (option == nullptr || option->value.empty()) {
      return false;
    }
    values_of(option->value, word_.substr(0, equals + 1), command);
    return true;
  }

  void argument_of(const CommandText& command, std::size_t index) {
    const auto& arguments = command.arguments;
    using Times = OptionText::Times;
    const bool repeats = !arguments.empty() && (arguments.back().times == Times::at_least_once ||
                                                arguments.back().times == Times::any_number);
    if (index < arguments.size()) {
      values_of(arguments[index].value, "", command);
    } else if (repeats) {
      values_of(arguments.back().value, "", command);
    }
    if (!command.rest.empty()) {
      offer("--", "");
    }
  }

  Completion result;

 private:
  std::string word_;
  const Names& names_;
};

void complete_in_command(Completer& completer, const std::string& word, const Place& place,
                         const CommandText& command) {
  if (place.behind_dashes) {
    completer.result.files = Completion::Files::files;
  } else if (place.open_option != nullptr) {
    completer.values_of(place.open_option->value, "", command);
  } else if (completer.glued_value(command)) {
    return;
  } else if (word.starts_with("-")) {
    completer.options_of(command);
  } else {
    completer.argument_of(command, place.arguments);
  }
}

}  // namespace

Completion complete(const Words& words, const CommandText& root, const Names& names) {
  const std::string word = words.empty() ? "" : words.back();
  const Words before(words.begin(), words.empty() ? words.end() : std::prev(words.end()));
  Completer completer(word, names);

  const Place place = find_place(before, 0, root, StopAt::first_argument);
  if (place.next >= before.size()) {  // the cursor stands before or at the command word
    if (place.open_option != nullptr || word.starts_with("-") || completer.glued_value(root)) {
      complete_in_command(completer, word, place, root);
    } else {
      completer.values_of("AGENT", "", root);
      completer.commands_of(root);
    }
    return completer.result;
  }

  const CommandText* command = root.find(before[place.next]);
  std::size_t from = place.next + 1;
  if (command == nullptr) {  // an agent: its directory, then words that only the agent knows
    completer.result.files = Completion::Files::files;
    return completer.result;
  }
  if (!command->commands.empty()) {
    const CommandText* below = from < before.size() ? command->find(before[from]) : nullptr;
    if (below == nullptr) {
      completer.commands_of(*command);
      return completer.result;
    }
    command = below;
    ++from;
  }
  complete_in_command(completer, word, find_place(before, from, *command, StopAt::end), *command);
  return completer.result;
}

std::string completion_output(const Completion& completion) {
  std::string text;
  for (const auto& candidate : completion.candidates) {
    text += escape_untrusted(candidate.text) + "\t" + escape_untrusted(candidate.description) + "\n";
  }
  switch (completion.files) {
    case Completion::Files::files:
      return text + ":files\n";
    case Completion::Files::directories:
      return text + ":directories\n";
    case Completion::Files::none:
      break;
  }
  return text + ":none\n";
}

}  // namespace agentbox
