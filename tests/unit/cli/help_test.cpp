// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/completion/complete.hpp"
#include "cli/completion/scripts.hpp"
#include "cli/options/command_text.hpp"
#include "cli/options/parse.hpp"
#include "cli/output.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace agentbox::help_test {

using Words = std::vector<std::string>;

namespace {

/// All commands with words of their own; groups like "base" only lead to them.
std::vector<CommandText> all_commands(const CommandText& root) {
  std::vector<CommandText> all;
  if (root.commands.empty() || root.path.empty()) {
    all.push_back(root);
  }
  for (const auto& below : root.commands) {
    const auto more = all_commands(below);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The manual page as one sees it, near enough: no requests, no fonts, no backslashes.
std::string manual_text() {
  std::string text;
  for (const auto& line : split(read(AGENTBOX_SOURCE_DIR "/docs/man/agentbox.1"), '\n')) {
    if (!line.starts_with(".\\\"")) {
      for (const char c : line) {
        text += c == '\\' ? "" : std::string(1, c);
      }
      text += '\n';
    }
  }
  return text;
}

bool mentions(const std::string& text, const std::string& option) {
  // "--agent" is not mentioned by "--agents".
  for (auto at = text.find(option); at != std::string::npos; at = text.find(option, at + 1)) {
    const char next = at + option.size() < text.size() ? text[at + option.size()] : ' ';
    if (std::isalnum(static_cast<unsigned char>(next)) == 0 && next != '-') {
      return true;
    }
  }
  return false;
}

Words spellings(const CommandText& command) {
  Words all;
  for (const auto& option : command.options) {
    all.insert(all.end(), option.spellings.begin(), option.spellings.end());
  }
  return all;
}

bool takes_launch_options(const CommandText& command) { return command.find_option("--policy") != nullptr; }

/// From ".SS "agentbox base build ..." to the next heading; the section on launch options for all launches.
std::string manual_section(const std::string& manual, const CommandText& command) {
  std::string text;
  if (!command.path.empty()) {
    const std::string heading = ".SS \"" + usage_line(command) + "\"\n";
    const auto begin = manual.find(heading);
    REQUIRE(begin != std::string::npos);
    text = manual.substr(begin, manual.find("\n.S", begin + heading.size()) - begin);
  }
  if (takes_launch_options(command)) {
    const auto begin = manual.find(".SH OPTIONS");
    text += manual.substr(begin, manual.find(".SH COMMANDS") - begin);
  }
  return text;
}

const std::function<Words(NameKind)> no_names = [](NameKind) { return Words{}; };

}  // namespace

TEST_CASE("there are commands to speak of") { REQUIRE(all_commands(describe_command_line()).size() > 25); }

TEST_CASE("help names each option, shows an example, and fits a terminal") {
  for (const auto& command : all_commands(describe_command_line())) {
    const std::string help = help_text(command);
    CAPTURE(help);
    CHECK(help.find(usage_line(command)) != std::string::npos);
    CHECK(help.find("\nExamples:\n  ") != std::string::npos);
    CHECK(help.find("agentbox " + join(command.path, " ")) != std::string::npos);
    for (const auto& option : spellings(command)) {
      CHECK(mentions(help, option));
    }
    for (const auto& line : split(help, '\n')) {
      CHECK(display_width(line) <= 80);
      CHECK((line.empty() || line.back() != ' '));
    }
  }
}

TEST_CASE("each example can be typed as it stands") {
  std::size_t tried = 0;
  for (const auto& command : all_commands(describe_command_line())) {
    for (const auto& line : split(trim(command.examples), '\n')) {
      CAPTURE(line);
      CHECK(line.find("agentbox") != std::string::npos);
      const std::string typed(trim(std::string_view(line).substr(0, line.find("  "))));
      if (!typed.starts_with("agentbox ") || typed.find_first_of("'\"|$>") != std::string::npos) {
        continue;  // for a real shell
      }
      Words words = split(typed, ' ');
      words.erase(words.begin());
      const auto parsed = parse_command_line(words, [](const std::string&) { return false; });
      CHECK_FALSE(std::holds_alternative<ShowText>(parsed.invocation));
      ++tried;
    }
  }
  CHECK(tried > 20);
}

TEST_CASE("the manual page knows each command and each of its options") {
  const std::string manual = manual_text();
  for (const auto& command : all_commands(describe_command_line())) {
    const std::string section = manual_section(manual, command);
    for (const auto& option : spellings(command)) {
      if (option == "-h" || option == "--help") {
        continue;  // said once for all
      }
      CAPTURE(usage_line(command), option);
      CHECK(mentions(section, option));
    }
  }
}

TEST_CASE("the manual page speaks of no option that does not exist") {
  Words known;
  for (const auto& command : all_commands(describe_command_line())) {
    const auto more = spellings(command);
    known.insert(known.end(), more.begin(), more.end());
  }
  const std::string manual = manual_text();
  const Words of_agents = {"--continue", "--resume"};
  for (auto at = manual.find("--"); at != std::string::npos; at = manual.find("--", at + 2)) {
    const auto end = manual.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
    const std::string option = manual.substr(at, end - at);
    CAPTURE(option);
    CHECK((option == "--" || std::find(known.begin(), known.end(), option) != known.end() ||
           std::find(of_agents.begin(), of_agents.end(), option) != of_agents.end()));
  }
}

TEST_CASE("completion offers each option of each command") {
  const CommandText root = describe_command_line();
  for (const auto& command : all_commands(root)) {
    Words words = command.path;
    words.emplace_back("-");
    const Completion completion = complete(words, root, no_names);
    for (const auto& option : spellings(command)) {
      CAPTURE(usage_line(command), option);
      CHECK(std::any_of(completion.candidates.begin(), completion.candidates.end(),
                        [&](const auto& candidate) { return candidate.text == option; }));
    }
  }
}

TEST_CASE("man has no complaints about the manual page") {
  if (std::system("command -v man groff >/dev/null 2>&1") != 0) test::skip("man and groff are not installed");
  // man exits with 0 in spite of warnings, so they are looked for.
  CHECK(std::system("test -z \"$(LC_ALL=C.UTF-8 MANROFFSEQ= man --warnings -E UTF-8 -l -Tutf8 -Z " AGENTBOX_SOURCE_DIR
                    "/docs/man/agentbox.1 2>&1 >/dev/null)\"") == 0);
}

}  // namespace agentbox::help_test
