// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include "cli/commands/run_report.hpp"
#include "cli/listing.hpp"
#include "cli/options/split.hpp"
#include "cli/progress_display.hpp"
#include "cli/report_error.hpp"
#include "support/catch.hpp"

#include <csignal>

namespace agentbox::output_test {

using namespace std::chrono_literals;

TEST_CASE("a table's columns are aligned and its lines have no blank end") {
  CHECK(text_table({{"ID", "X"}, {"abc", ""}, {"a", "\u00fc-"}, {"b", "-"}}) == "ID   X\nabc\na    \u00fc-\nb    -\n");
  CHECK(text_table({}).empty());
}

TEST_CASE("text is cut between characters, and its width is never underestimated") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\u00e4\u00f6") == 2);
  CHECK(display_width("\u4e2d\u6587") == 4);
  CHECK(display_width("\U0001F600") == 2);
  for (const std::string text : {"hello world", "\u4e2d\u6587\u4e2d\u6587", "a\u00e4\U0001F600b\u4e2d"}) {
    for (std::size_t columns = 0; columns <= display_width(text); ++columns) {
      const std::string cut = fit_to_width(text, columns);
      CAPTURE(text, columns, cut);
      CHECK(display_width(cut) <= columns);
      const auto without_end = cut.ends_with("\u2026") ? cut.substr(0, cut.size() - 3) : cut;
      CHECK(text.starts_with(without_end));
      CHECK((without_end.size() == text.size() ||
             (static_cast<unsigned char>(text[without_end.size()]) & 0xC0U) != 0x80U));
    }
    CHECK(fit_to_width(text, display_width(text)) == text);
  }
}

TEST_CASE("a progress line shows the phase, its age and the last sign of life") {
  CHECK(progress_line(0, "Booting", 200ms, "", 80) == "⠋ Booting");
  CHECK(progress_line(1, "Booting", 12400ms, "kernel", 80) == "⠙ Booting … 12 s  kernel");
  CHECK(display_width(progress_line(0, "Installing packages", 12s, std::string(500, 'x'), 40)) <= 40);
  CHECK(progress_line(0, "Booting", 12s, "x", 0).empty());
}

TEST_CASE("listings: table, names, JSON") {
  Listing listing{.heading = {"NAME", "TEXT"}, .rows = {{"a", "\x1b[2J"}, {"b", "x"}}};
  listing.json.push_back({{"name", "\xff"}});
  CHECK(format_listing(listing, Format::table) == "NAME  TEXT\na     \\x1b[2J\nb     x\n");
  CHECK(format_listing(listing, Format::names) == "a\nb\n");
  CHECK(format_listing(listing, Format::json) == "[\n  {\n    \"name\": \"\\ufffd\"\n  }\n]\n");
  // Nothing to say: no heading either. A program still gets a list.
  CHECK(format_listing({.heading = {"NAME"}, .rows = {}}, Format::table).empty());
  CHECK(format_listing({.heading = {"NAME"}, .rows = {}}, Format::json) == "[]\n");
  CHECK(format_fields({{"a", "1\n2"}, {"long", "\x1b"}, {"c", ""}}) == "a     1\n      2\nlong  \\x1b\n");
}

TEST_CASE("ages") {
  const auto now = std::chrono::system_clock::from_time_t(1772366400);  // 2026-03-01T12:00:00Z
  CHECK(format_age("2026-03-01T12:00:00Z", now) == "0 s");
  CHECK(format_age("2026-03-01T11:59:01Z", now) == "59 s");
  CHECK(format_age("2026-03-01T11:59:00Z", now) == "1 min");
  CHECK(format_age("2026-03-01T09:30:00Z", now) == "2 h");
  CHECK(format_age("2026-02-28T09:30:00Z", now) == "26 h");
  CHECK(format_age("2026-02-20T12:00:00Z", now) == "9 d");
  for (const std::string wrong :
       {"", "yesterday", "2026-03-01T12:00:01Z", "2026-03-01T12:00:00", "2026-03-01T11:00:00Zx"}) {
    CHECK(format_age(wrong, now) == "?");
  }
}

TEST_CASE("errors are one line, and their hints indented") {
  CHECK(error_text(Error(ErrorKind::usage, "no", "do this\n\nor that\n")) ==
        "agentbox: error: no\n  do this\n\n  or that\n");
  CHECK(error_text(Error(ErrorKind::backend, "no")) == "agentbox: error: no\n");
  CHECK(error_text(Interrupted(SIGINT)) == "agentbox: interrupted\n");
  CHECK(error_text(Interrupted(SIGPIPE)).empty());
}

TEST_CASE("exit codes of errors") {
  CHECK(exit_code_of(Error(ErrorKind::usage, "")) == 2);
  for (const auto kind : {ErrorKind::config, ErrorKind::environment, ErrorKind::backend, ErrorKind::internal}) {
    CHECK(exit_code_of(Error(kind, "")) == 125);
  }
  CHECK(exit_code_of(Interrupted(SIGTERM)) == 143);
}

TEST_CASE("what the network policy refused is said, whoever is watching") {
  RunResult result{.session = "run-aaaaaa",
                   .exit_code = 0,
                   .outcome = "exit code 0",
                   .start = "fork",
                   .kept = {},
                   .timings = {},
                   .network = {},
                   .changes = {}};
  result.network.refusals = {{"a.example:443", "no rule", 3}, {"b.example\x1b:80", "no rule", 1}};
  CHECK(closing_words(result, 90s, Closing::surprises_only) ==
        "agentbox: the network policy refused a.example:443, b.example\\x1b:80\n");
}

TEST_CASE("the end of a run: silent when there is nothing to say") {
  RunResult result{.session = "claude-aaaaaa",
                   .exit_code = 3,
                   .outcome = "exit code 3",
                   .start = "fork",
                   .kept = {},
                   .timings = {},
                   .network = {},
                   .changes = {}};
  CHECK(closing_words(result, 90s, Closing::surprises_only).empty());
  CHECK(closing_words(result, 90s, Closing::summary) == "agentbox: claude-aaaaaa: exit code 3 after 1 min 30 s\n");
  // The agent's own 124 is no time-out of ours.
  result.exit_code = 124;
  result.outcome = "exit code 124";
  CHECK(closing_words(result, 90s, Closing::surprises_only).empty());
  result.outcome = "timed out";
  CHECK(closing_words(result, 90s, Closing::surprises_only).find("timed out") != std::string::npos);
  result.exit_code = 125;
  result.outcome = "connection lost: \x1b[2J";
  CHECK(closing_words(result, 90s, Closing::surprises_only).find('\x1b') == std::string::npos);
  result.exit_code = 0;
  result.outcome = "exit code 0";
  result.kept = "snapshot x";
  CHECK(closing_words(result, 1s, Closing::surprises_only).find("agentbox snapshot resume x") != std::string::npos);
  result.kept = "kept";
  CHECK(closing_words(result, 1s, Closing::surprises_only).find("agentbox exec claude-aaaaaa") != std::string::npos);
}

TEST_CASE("timings") {
  const RunResult result{.session = "s",
                         .exit_code = 0,
                         .outcome = {},
                         .start = "fork",
                         .kept = {},
                         .timings = {{"plan", 2ms}, {"connect", 640ms}},
                         .network = {},
                   .changes = {}};
  CHECK(timings_text(result) == "agentbox: timings (fork)\n  plan     2 ms\n  connect  640 ms\n  all      642 ms\n");
}

TEST_CASE("a tilde that no shell has seen is the home directory all the same") {
  CHECK(expand_home("~", "/home/u") == "/home/u");
  CHECK(expand_home("~/x", "/home/u") == "/home/u/x");
  CHECK(expand_home("~x", "/home/u") == "~x");
  CHECK(expand_home("a/~/x", "/home/u") == "a/~/x");
  CHECK(expand_home("~/x", "") == "~/x");
}

}  // namespace agentbox::output_test
