// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/filter/output_filter.hpp"
#include "support/catch.hpp"
#include "support/terminal_tokens.hpp"
#include "sys/files.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace agentbox::recordings_test {

// What real programs wrote on a terminal (an xterm of 80x24), with \e, \r, \n and \xNN for what cannot be read. Lines
// end where it was convenient.

namespace {

std::string recording(const std::string& name) {
  const std::string text =
      read_file(std::filesystem::path(AGENTBOX_SOURCE_DIR) / "tests/unit/relay/recordings" / (name + ".txt"));
  std::string output;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') continue;
    if (text[i] != '\\') {
      output += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'e':
        output += '\x1b';
        break;
      case 'r':
        output += '\r';
        break;
      case 'n':
        output += '\n';
        break;
      case 'x':
        output += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
        break;
      default:
        output += text[i];
    }
  }
  return output;
}

/// Those of one that are more often there than in the other, once each, with e for ESC.
std::vector<std::string> more_in(std::vector<std::string> one, std::vector<std::string> other) {
  std::sort(one.begin(), one.end());
  std::sort(other.begin(), other.end());
  std::vector<std::string> more;
  std::set_difference(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(more));
  more.erase(std::unique(more.begin(), more.end()), more.end());
  for (auto& token : more) {
    std::replace(token.begin(), token.end(), '\x1b', 'e');
    std::replace(token.begin(), token.end(), '\a', '!');
  }
  return more;
}

struct Recording {
  std::string name;
  std::vector<std::string> dropped;
  std::vector<std::string> added;
};

const std::vector<Recording> recordings{
    {"less", {"e[22;0;0t", "e[23;0;0t"}, {"e[22;0t", "e[23;0t"}},
    {"vim", {"e[22;0;0t", "e[22;1t", "e[22;2t", "e[23;0;0t", "e[23;1t", "e[23;2t"}, {"e[22;0t", "e[23;0t"}},
    {"tmux", {"e[22;0;0t", "e[23;0;0t", "e[?7727h", "e[?7727l"}, {"e[22;0t", "e[23;0t"}},
    {"claude", {"e]7501;?!"}, {"e[22;0t"}},
    {"codex", {"e]7501;state=idle:app=codexe\\", "e]7501;state=working:app=codexe\\"}, {"e[22;0t"}},
    // It tries what there is: pictures, the palette, the size of letters, terminfo entries.
    {"opencode",
     {"eP+q4d73e\\", "e]112!", "e]12;#eeeeee!", "e]12;default!", "e]1337;Capabilitiese\\", "e]22;!", "e]4;0;?!",
      "e]66;s=2; e\\", "e]66;w=1; e\\", "e]99;i=opentui-notifications:p=?;e\\",
      "e_Gi=31337,s=1,v=1,a=q,t=d,f=24;AAAAe\\"},
     {"e[22;0t"}},
};

}  // namespace

TEST_CASE("real programs lose nothing to the filter but what they can do without") {
  for (const auto& [name, dropped, added] : recordings) {
    INFO(name);
    const std::string output = recording(name);
    OutputFilter filter({}, OutputUse::interactive, Encoding::utf8);
    const std::string shown(filter.filter(output));
    const auto before = test::terminal_tokens(output);
    const auto after = test::terminal_tokens(shown);
    CHECK(more_in(before, after) == dropped);
    CHECK(more_in(after, before) == added);
    CHECK(test::first_harmful(shown) == "");
  }
}

}  // namespace agentbox::recordings_test
