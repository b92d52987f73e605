// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/filter/output_filter.hpp"

#include "relay/terminal_modes.hpp"
#include "support/catch.hpp"
#include "support/terminal_tokens.hpp"

#include <string>
#include <vector>

namespace agentbox::output_filter_test {

namespace {

constexpr TerminalRules everything{.titles = TerminalRules::Titles::show,
                                   .hyperlinks = TerminalRules::Hyperlinks::show,
                                   .clipboard = TerminalRules::Clipboard::write,
                                   .notifications = TerminalRules::Notifications::full};

std::string filtered(const std::vector<std::string>& writes, const TerminalRules& rules = {},
                     OutputUse use = OutputUse::interactive, Encoding encoding = Encoding::utf8) {
  OutputFilter filter(rules, use, encoding);
  std::string shown;
  for (const auto& write : writes) {
    shown += filter.filter(write);
  }
  return shown;
}

struct Case {
  std::string output;
  std::string shown;
};

const std::vector<Case> cases{
    // Text.
    {"plain text, tab\t, bell\a, back\b\r\n", "plain text, tab\t, bell\a, back\b\r\n"},
    {"gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0 \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0 \xf0\x9f\x98\x80"},
    {"a\x05" + std::string("\0", 1) +
         "\x7f\x11\x13\x1a\x18"
         "b",
     "ab"},  // ENQ answers; the rest does no good
    // What is not UTF-8 would be a control character to some terminals.
    {"\x9b"
     "31mx",
     "\xef\xbf\xbd"
     "31mx"},
    {"\xc2\x9b"
     "31mx",
     "31mx"},  // U+009B, which xterm obeys
    {"\xc2\x9d"
     "52;c;YQ==\xc2\x9c",
     "52;c;YQ=="},
    {"\xe2\x9c\x9c", "\xe2\x9c\x9c"},  // holds bytes of C1 controls, and is a letter
    {"\xe2\x82(\xff", "\xef\xbf\xbd(\xef\xbf\xbd"},
    {"\xed\xa0\x80|\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xf0\x9f\x98\x1b[1m", "\xef\xbf\xbd\x1b[1m"},
    // Sequences of all kinds that programs need.
    {"\x1b[2J\x1b[H\x1b[1;31mred\x1b[m\x1b[38:2::1:2:3m\x1b[4:3m",
     "\x1b[2J\x1b[H\x1b[1;31mred\x1b[m\x1b[38:2::1:2:3m\x1b[4:3m"},
    {"\x1b"
     "7\x1b[3;20r\x1b"
     "8\x1b[2L\x1b[3M\x1b[4@\x1b[5P\x1b[6X\x1bM\x1b"
     "D",
     "\x1b"
     "7\x1b[3;20r\x1b"
     "8\x1b[2L\x1b[3M\x1b[4@\x1b[5P\x1b[6X\x1bM\x1b"
     "D"},
    {"\x1b(0lqk\x1b(B\x0e\x0f\x1b)0", "\x1b(0lqk\x1b(B\x0e\x0f\x1b)0"},
    {"\x1b[>1u\x1b[<u\x1b[=5;1u\x1b[?u\x1b[>4;2m\x1b[>4m\x1b[?4m",
     "\x1b[>1u\x1b[<u\x1b[=5;1u\x1b[?u\x1b[>4;2m\x1b[>4m\x1b[?4m"},
    {"\x1b[?1049;2004h\x1b[?25l\x1b[5 q\x1b=\x1b[?2026$p", "\x1b[?1049;2004h\x1b[?25l\x1b[5 q\x1b=\x1b[?2026$p"},
    {"\x1b[!p\x1b[0!p\x1b[1;2!pv", "\x1b[!pv"},
    {"\x1b[c\x1b[0c\x1b[>c\x1b[>0q\x1b[6n\x1b[?996n\x1b[18t", "\x1b[c\x1b[0c\x1b[>c\x1b[>0q\x1b[6n\x1b[?996n\x1b[18t"},
    // In the midst of a sequence: a control character takes effect, ESC begins anew, CAN and SUB and what is no part of
    // it end it.
    {"\x1b[3\r1m", "\r\x1b[31m"},
    {"\x1b[3\x1b[4m", "\x1b[4m"},
    {"\x1b[3\x18"
     "1m|\x1b\x1a[1m",
     "1m|[1m"},
    {"\x1b[3\xc3\xbcm", "\xc3\xbcm"},
    {"\x1b[\x7f"
     "1\x7fm",
     "\x1b[1m"},
    // What harms.
    {"\x1b[?2l\x1b[?3h\x1b[?42h\x1b[?46h\x1b[?5522h\x1b[2h\x1b[12l", ""},
    {"\x1b[?3;1049;5522h", "\x1b[?1049h"},
    {"\x1b[21t\x1b[20t\x1b[8;50;50t\x1b[3;0;0t\x1b[1t\x1b[14;2t", ""},
    {"\x1b[5i\x1b[4i\x1b[0x\x1b[1;1;1;1;1;1*y\x1b[62;1\"p\x1b[=c\x1b[1c\x1b[?15n", ""},
    {"\x1b[?1049s\x1b[?1049r\x1b[?1;1;0S\x1b[>2t\x1b[#P\x1b['|\x1b[1;2;3;4;5T", ""},
    {"\x1bZ\x1b%@\x1b%G\x1b G\x1b~\x1bn\x1b#3\x1b*0\x1b(K\x1b!x\x1b(!0", ""},
    {"\x1b[99999999999A\x1b[65536b\x1b[000001A", ""},
    {"\x1b[1<2A\x1b[1 2A\x1b[1$$x", ""},  // no sequences at all
    // Strings.
    {"\x1bP$qm\x1b\\\x1bP+q544e\x1b\\\x1bPq#0;2;0;0;0\x1b\\|", "|"},
    {"\x1b_Gi=1;AAAA\x1b\\\x1b^secret\x1b\\\x1bXsos\x1b\\\x1bktitle\x1b\\|", "|"},
    {"\x1bP1$r\x1b[31m|", "\x1b[31m|"},  // ESC ends it
    {"\x1b_x\x18|\x1b_x\x1a|\x1b]0;t\x18|", "|||"},
    {"\x1b]0;never ended\x1b[31mx", "\x1b[31mx"},
    {"\x1b]4;1;?\x07\x1b]10;#fff\x07\x1b]104\x07\x1b]50;font\x07\x1b]7;file://h/"
     "\x07\x1b]1337;File=:AA\x07\x1b]22;x\x07",
     ""},
    {"\x1b]11;?\x07\x1b]10;?\x1b\\", "\x1b]11;?\x07\x1b]10;?\x1b\\"},
    {"\x1b]11;?;?\x07\x1b]12;?\x07\x1b]l;x\x1b\\\x1b]0\x07\x1b]\x07", ""},
    {"\x1b]52;c;YQ==\x07\x1b]52;c;?\x07", ""},
    {"\x1b\\|", "|"},
};

}  // namespace

TEST_CASE("what is on the list comes through, and nothing else") {
  for (const auto& [output, shown] : cases) {
    INFO(output);
    CHECK(filtered({output}) == shown);
  }
}

TEST_CASE("the filter gives the same wherever the output is cut") {
  for (const auto& [output, shown] : cases) {
    INFO(output);
    for (std::size_t cut = 0; cut <= output.size(); ++cut) {
      CHECK(filtered({output.substr(0, cut), output.substr(cut)}) == shown);
    }
  }
}

TEST_CASE("what comes out passes a second time as it is") {
  for (const auto& [output, shown] : cases) {
    INFO(output);
    CHECK(filtered({shown}) == shown);
  }
}

// A terminal that waits for the rest of a sequence would swallow a text of ours.
TEST_CASE("what has begun is held back, so that the terminal is at rest after each piece") {
  for (const auto& [output, shown] : cases) {
    INFO(output);
    OutputFilter filter(everything, OutputUse::interactive, Encoding::utf8);
    TerminalModes modes;
    for (const char byte : output) {
      modes.feed(filter.filter({&byte, 1}));
      CHECK(modes.at_rest());
    }
  }
}

TEST_CASE("titles: bounded, of one line, and the user's own is kept for the end") {
  CHECK(filtered({"\x1b]0;hello\a\x1b]2;again\x1b\\"}) == "\x1b[22;0t\x1b]0;hello\a\x1b]2;again\x1b\\");
  CHECK(filtered({"\x1b]0;a\tb\nc\xc2\x9b\xe2\x80\xae\xff"
                  "d\a"}) == "\x1b[22;0t\x1b]0;abcd\a");
  const std::string long_title = filtered({"\x1b]0;" + std::string(255, 'x') +
                                           "\xc3\xbc"
                                           "yy\a"});
  CHECK(long_title == "\x1b[22;0t\x1b]0;" + std::string(255, 'x') + "\a");
  TerminalModes modes;
  modes.feed(long_title);
  CHECK(modes.restore_sequence() == "\x1b[23;0t");
  CHECK(filtered({"\x1b]0;x\a\x1b[22;0t"}, {.titles = TerminalRules::Titles::drop}).empty());
}

TEST_CASE("a guest pops the titles that it has pushed, and not the user's") {
  CHECK(filtered({"\x1b[23;0t\x1b[23t"}).empty());
  CHECK(filtered({"\x1b[22;2t\x1b[22;1t\x1b[23;2t\x1b[23;1t\x1b[23;1t"}) == "\x1b[22;0t\x1b[22;0t\x1b[23;0t\x1b[23;0t");
  std::string pushes;
  for (int i = 0; i < 100; ++i) {
    pushes += "\x1b[22t";
  }
  CHECK(filtered({pushes}).size() == 8 * std::string("\x1b[22;0t").size());
}

TEST_CASE("hyperlinks: to the web and to mail, with nothing hidden in them") {
  const auto link = [](const std::string& uri, const std::string& parameters = "") {
    return filtered({"\x1b]8;" + parameters + ";" + uri + "\x1b\\"});
  };
  const std::string none = "\x1b]8;;\x1b\\";
  CHECK(link("https://example.org/a?b#c") == "\x1b]8;;https://example.org/a?b#c\x1b\\");
  CHECK(link("mailto:a@example.org") == "\x1b]8;;mailto:a@example.org\x1b\\");
  CHECK(link("http://x/", "foo=1:id=a-1:bar") == "\x1b]8;id=a-1;http://x/\x1b\\");
  CHECK(link("http://x/", "id=a\"b") == "\x1b]8;;http://x/\x1b\\");
  CHECK(link("") == none);
  for (const char* uri :
       {"file:///etc/passwd", "javascript:x", "ssh://h", "HTTPS://example.org", "https://user@evil.example",
        "https://a b", "https://gr\xc3\xbc", "https:///x", "http://a\\@b/", "x-man-page://1"}) {
    INFO(uri);
    CHECK(link(uri) == none);
  }
  CHECK(link("https://x/" + std::string(3000, 'a')) == none);
  CHECK(filtered({"\x1b]8;;https://x/\a"}, {.hyperlinks = TerminalRules::Hyperlinks::drop}).empty());
}

TEST_CASE("the clipboard: written where the policy says so, within bounds, and never read") {
  const auto clip = [](const std::string& text) { return filtered({"\x1b]52;" + text + "\a"}, everything); };
  CHECK(clip("c;aGVsbG8=") == "\x1b]52;c;aGVsbG8=\a");
  CHECK(clip(";aGVsbG8=") == "\x1b]52;;aGVsbG8=\a");
  for (const char* text : {"c;?", "c", "x;YQ==", "c;a\x1b[31m", "c;YQ==;?", "ccccccccc;YQ=="}) {
    INFO(text);
    CHECK(clip(text).find("52;") == std::string::npos);
  }
  CHECK(clip("c;" + std::string(100'000, 'A')).size() > 100'000);
  CHECK(clip("c;" + std::string(100'001, 'A')).empty());
}

TEST_CASE("notifications: the bell, or as they are, or none") {
  struct Notification {
    std::string output;
    std::string bell;
    std::string full;
  };
  const Notification notifications[] = {
      {"\x1b]9;done\a", "\a", "\x1b]9;done\a"},
      {"\x1b]9;4;1;50\a", "", ""},     // progress, or a command
      {"\x1b]9;7;notepad\a", "", ""},  // ConEmu runs it
      {"\x1b]9;9i=1;i\a", "", ""},
      {"\x1b]9;\xe2\x80\x8f"
       "7\xe2\x80\x8f;notepad\a",
       "", ""},  // nor behind a mark that is left out
      {"\x1b]9;7\xc2\x9b of 8 passed\a", "\a", "\x1b]9;7 of 8 passed\a"},
      {"\x1b]777;notify;t;b\x1b\\", "\a", "\x1b]777;notify;t;b\x1b\\"},
      {"\x1b]777;precmd\a", "", ""},
      {"\x1b]99;i=1:d=0;Hello\x1b\\\x1b]99;i=1:p=body;there\x1b\\", "", ""},
      {"\x1b]99;i=1;Hello\x1b\\", "\a", "\a"},
      {"\x1b]99;i=x:p=?;\x1b\\", "", ""},
  };
  for (const auto& [output, bell, full] : notifications) {
    INFO(output);
    CHECK(filtered({output}) == bell);
    CHECK(filtered({output}, everything) == full);
    CHECK(filtered({output}, {.notifications = TerminalRules::Notifications::none}).empty());
  }
}

TEST_CASE("where nobody reads what the terminal answers, it is asked nothing, and its keyboard stays as it is") {
  const auto printed = [](const std::string& output) { return filtered({output}, {}, OutputUse::print_only); };
  CHECK(printed("\x1b[6n\x1b[c\x1b[>q\x1b[?u\x1b]11;?\a\x1b[?2026$p\x1b[18t").empty());
  CHECK(printed("\x1b[?1049h\x1b[?1000h\x1b[?2004h\x1b[>1u\x1b[>4;2m\x1b=\x1b[5 q").empty());
  CHECK(printed("\x1b[31m\x1b[2K\x1b[1A\x1b[?25l\x1b[?1049;7l\x1b]8;;https://x/\a") ==
        "\x1b[31m\x1b[2K\x1b[1A\x1b[?25l\x1b[?7l\x1b]8;;https://x/\a");
}

TEST_CASE("on a terminal of another encoding, nothing but ASCII comes through") {
  const auto latin = [](const std::string& output) {
    return filtered({output}, {}, OutputUse::interactive, Encoding::ascii);
  };
  // To Latin-1 these bytes hold CSI and OSC.
  CHECK(latin("\xc3\x9b"
              "31m \xe2\x9d\xa4|\x9d|\x1b[1m") == "?31m ?|?|\x1b[1m");
}

TEST_CASE("what makes the terminal answer is counted") {
  OutputFilter filter({}, OutputUse::interactive, Encoding::utf8);
  filter.filter("text \x1b[31m\x1b[c\x1b[6n\x1b]11;?\a\x1b[?u\x1b[21t");
  CHECK(filter.take_questions() == 4);
  CHECK(filter.take_questions() == 0);
}

TEST_CASE("endless parameters and strings are survived without growing") {
  const std::string bytes(std::size_t{1} << 20U, '1');
  for (const std::string begin : {"\x1b[", "\x1b]52;c;", "\x1b]0;", "\x1bP", "\x1b_", "\x1b(", "\x1bk"}) {
    INFO(begin);
    OutputFilter filter(everything, OutputUse::interactive, Encoding::utf8);
    std::string shown(filter.filter(begin));
    for (int i = 0; i < 7; ++i) {
      shown += filter.filter(bytes);
    }
    if (begin != "\x1b(") {
      CHECK(shown.empty());
    }
    for (int i = 0; i < 2; ++i) {
      shown += filter.filter(bytes);
    }
    shown += filter.filter("m\x1b[31mx");
    CHECK(shown.ends_with("\x1b[31mx"));  // a string that never ends is given up
  }
}

// Everything at once: the pieces that sequences are made of, in a random order.
TEST_CASE("whatever comes, what comes out is harmless, and does not depend on the pieces") {
  const std::vector<std::string> pieces{"\x1b",
                                        "[",
                                        "]",
                                        "P",
                                        "?",
                                        ">",
                                        "1049",
                                        "52",
                                        ";",
                                        ":",
                                        "c",
                                        "h",
                                        "m",
                                        "n",
                                        "t",
                                        "u",
                                        "q",
                                        "$",
                                        "p",
                                        "\a",
                                        "\\",
                                        "\x18",
                                        "\r",
                                        "8;;",
                                        "https://x/",
                                        "0;",
                                        "11;?",
                                        "YQ==",
                                        "\xc2\x9b",
                                        "\x9b",
                                        "\xe2\x82\xac",
                                        "\xe2\x82",
                                        "22",
                                        "23",
                                        "9",
                                        "777;notify;",
                                        "(",
                                        "0",
                                        "k",
                                        "_",
                                        "x",
                                        " ",
                                        "\x7f",
                                        "65536",
                                        "5522",
                                        "6",
                                        "=",
                                        "\x05"};
  std::uint32_t state = 1;
  const auto random = [&state](std::size_t below) {
    state = state * 1664525U + 1013904223U;
    return (state >> 8U) % below;
  };
  for (int round = 0; round < 300; ++round) {
    std::string output;
    while (output.size() < 2000) {
      output += pieces[random(3) == 0 ? 0 : random(pieces.size())];
    }
    const std::string whole = filtered({output}, everything);
    CHECK(test::first_harmful(whole) == "");
    std::vector<std::string> bytes;
    for (const char byte : output) {
      bytes.emplace_back(1, byte);
    }
    CHECK(filtered(bytes, everything) == whole);
    TerminalModes modes;
    modes.feed(whole);
    CHECK(modes.at_rest());
  }
}

}  // namespace agentbox::output_filter_test
