// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/parse.hpp"

#include "cli/options/command_text.hpp"
#include "cli/options/definitions.hpp"
#include "cli/options/split.hpp"
#include "cli/options/unknown_word.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace agentbox {

namespace {

using Words = std::vector<std::string>;

/// Thrown out of a parser that met --help; not an error, so not an Error.
struct HelpWanted {};

Words spellings(const CLI::App& app) {
  Words all;
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      all.push_back("--" + name);
    }
  }
  return all;
}

/// CLI11's complaint in our words.
Error usage_error(const CLI::ParseError& error, const CLI::App& app, const std::string& see) {
  const std::string message = error.what();
  const std::string hint = "See " + see + " --help.";
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::string word = app.remaining().front();
    return word.starts_with("-")
               ? unknown_option(word, spellings(app), see)
               : Error(ErrorKind::usage, "unexpected argument \"" + escape_untrusted(word, 80) + "\"", hint);
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return Error(ErrorKind::usage, message.substr(0, message.find(" is required")) + " is missing", hint);
  }
  return Error(ErrorKind::usage, escape_untrusted(message, 200), hint);
}

void feed(CLI::App& app, Words words, const std::string& see) {
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    throw HelpWanted{};
  } catch (const CLI::ParseError& error) {
    throw usage_error(error, app, see);
  }
}

Words concatenate(const Words& first, const Words& second) {
  Words all = first;
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

/// The command that the words are about: "base build" of "base build --force x". For the group's own errors, too.
const CommandText& find_command(const CommandText& root, const Words& words) {
  const CommandText* command = root.find(words.front());
  if (command == nullptr || command->commands.empty()) {
    return command == nullptr ? root : *command;
  }
  const bool wants_help = words.size() > 1 && (words[1] == "-h" || words[1] == "--help");
  const CommandText* below = words.size() > 1 ? command->find(words[1]) : nullptr;
  if (below == nullptr && !wants_help) {
    Words known;
    for (const auto& one : command->commands) {
      known.push_back(one.path.back());
    }
    throw unknown_subcommand(words[0], words.size() > 1 ? words[1] : "", known);
  }
  return below == nullptr ? *command : *below;
}

ShowText show_help(const CommandText& command) { return {.text = help_text(command)}; }

/// Parsing one command line; the steps of parse_command_line().
class Parse {
 public:
  explicit Parse(const std::function<bool(const std::string&)>& is_directory)
      : is_directory_(is_directory), definitions_(define_all(result_)), root_(describe_command_line()) {}

  CommandLine all(const Words& words) {
    const SplitWords split = split_at_command(words, takes_value());
    if (!split.command) {
      options_only(split.before);
    } else if (*split.command == "help") {
      help(split.after);
    } else if (root_.find(*split.command) != nullptr) {
      command(split);
    } else {
      agent(split);
    }
    return std::move(result_);
  }

 private:
  void options_only(const Words& before) {
    if (feed_launch(before)) {
      result_.invocation = ShowText{.text = short_help(), .to = ShowText::To::error_output, .exit_code = 2};
    }
  }

  /// False when the answer is there already: help or version.
  bool feed_launch(const Words& before) {
    try {
      feed(*definitions_.launch, before, "agentbox");
    } catch (const HelpWanted&) {
      result_.invocation = show_help(root_);
      return false;
    }
    if (definitions_.launch->count("--version") > 0) {
      result_.invocation = ShowText{.text = "agentbox " AGENTBOX_VERSION "\n"};
      return false;
    }
    return true;
  }

  void help(const Words& about) {
    result_.invocation = show_help(about.empty() ? root_ : find_command(root_, concatenate(about, {"--help"})));
  }

  void agent(const SplitWords& split) {
    if (!feed_launch(split.before)) {
      return;
    }
    LaunchOptions options = *definitions_.launch_options;
    AgentWords words = take_directory(split.after, is_directory_);
    options.request.kind = RunKind::agent;
    options.request.agent = *split.command;
    options.request.directory = std::move(words.directory);
    options.request.arguments = std::move(words.arguments);
    result_.invocation = std::move(options);
  }

  void command(const SplitWords& split) {
    Words words = concatenate({*split.command}, split.after);
    if (asks_for_help(split.before)) {
      words.emplace_back("--help");  // for a group, which has no parser
    }
    const CommandText& text = find_command(root_, words);
    if (!text.commands.empty()) {
      result_.invocation = show_help(text);
      return;
    }
    const Words own(words.begin() + static_cast<std::ptrdiff_t>(text.path.size()), words.end());
    CommandWords parts = text.rest.empty() ? CommandWords{.ours = own, .command = {}} : split_at_dashes(own);
    parts.ours = concatenate(options_before(split.before, text), parts.ours);
    if (text.path == Words{"run"} && !asks_for_help(parts.ours)) {
      require_command(parts);
    }
    try {
      feed(parser_of(text.path), parts.ours, "agentbox " + join(text.path, " "));
    } catch (const HelpWanted&) {
      result_.invocation = show_help(text);
      return;
    }
    if (parts.command) {
      hand_over(std::move(*parts.command));
    }
  }

  CLI::App& parser_of(const Words& path) {
    const auto found = std::find_if(definitions_.commands.begin(), definitions_.commands.end(),
                                    [&](const auto& command) { return command.path == path; });
    return *found->app;  // the texts are made from these definitions
  }

  /// What stands before the command word is the command's own if it knows it. -v and -q may stand there in any case;
  /// the other options belong to launches.
  Words options_before(const Words& before, const CommandText& text) {
    Words known;
    for (const auto& word : before) {
      if (!word.starts_with("-") || text.find_option(word.substr(0, word.find('='))) != nullptr) {
        known.push_back(word);
      } else if (word == "-v" || word == "--verbose") {
        result_.verbosity = Verbosity::verbose;
      } else if (word == "-q" || word == "--quiet") {
        result_.verbosity = Verbosity::quiet;
      } else {
        throw Error(ErrorKind::usage, escape_untrusted(word, 80) + " is no option of agentbox " + join(text.path, " "),
                    "See agentbox " + join(text.path, " ") + " --help.");
      }
    }
    return known;
  }

  static bool asks_for_help(const Words& words) {
    return std::any_of(words.begin(), words.end(), [](const auto& word) { return word == "-h" || word == "--help"; });
  }

  /// "run make test" might mean a directory "make"; so the command stands behind "--", and who forgets it is shown how.
  void require_command(const CommandWords& parts) const {
    if (parts.command && !parts.command->empty()) {
      return;
    }
    const SplitWords split = split_at_command(parts.ours, takes_value());
    AgentWords guess;
    if (split.command) {
      guess = take_directory(concatenate({*split.command}, split.after), is_directory_);
    }
    Words form = concatenate({"agentbox", "run"}, split.before);
    if (guess.directory) {
      form.push_back(guess.directory->string());
    }
    const std::string command =
        guess.arguments.empty() ? "CMD [ARGS...]" : escape_untrusted(shell_join(guess.arguments), 400);
    throw Error(ErrorKind::usage, "the command to run must stand behind --",
                "Write: " + escape_untrusted(shell_join(form), 400) + " -- " + command);
  }

  [[nodiscard]] std::function<bool(const std::string&)> takes_value() const {
    return [this](const std::string& word) {
      const OptionText* option = root_.find_option(word);
      return option != nullptr && !option->value.empty();
    };
  }

  void hand_over(Words words) {
    if (auto* launch = std::get_if<LaunchOptions>(&result_.invocation)) {
      launch->request.arguments = std::move(words);
    } else if (auto* resume = std::get_if<ResumeOptions>(&result_.invocation)) {
      resume->launch.request.arguments = std::move(words);
    } else if (auto* exec = std::get_if<ExecOptions>(&result_.invocation)) {
      exec->request.command = std::move(words);
    }
  }

  const std::function<bool(const std::string&)>& is_directory_;
  CommandLine result_;
  Definitions definitions_;
  CommandText root_;
};

}  // namespace

CommandLine parse_command_line(const Words& words, const std::function<bool(const std::string&)>& is_directory) {
  // Not in the tables, so that neither help nor "did you mean" shows it.
  if (!words.empty() && words.front() == "__complete") {
    return {.invocation = CompleteWords{.words = {words.begin() + 1, words.end()}}};
  }
  return Parse(is_directory).all(words);
}

}  // namespace agentbox
