// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "session/egress_logs.hpp"
#include "session/session_log.hpp"
#include "sys/guarded_read.hpp"

#include <fmt/format.h>

namespace agentbox {

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// A guest wrote it: escaped line by line. Tabs are common and harmless.
std::string escape_log(std::string_view text) {
  std::string shown;
  for (const auto& line : split(text, '\n')) {
    std::string fields;
    for (const auto& field : split(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line, '\t')) {
      fields += (fields.empty() ? "" : "\t") + escape_untrusted(field);
    }
    shown += fields + "\n";
  }
  return shown;
}

void print_section(const std::string& title, const std::string& text) {
  if (!text.empty()) {
    print("==> " + title + " <==\n" + text);
  }
}

std::string table_of(Rows rows) {
  constexpr std::size_t longest_cell = 300;
  for (auto& row : rows) {
    for (auto& cell : row) {
      cell = escape_untrusted(cell, longest_cell);
    }
  }
  return rows.empty() ? "" : text_table(rows);
}

Rows rows_of(const SessionLog& log) {
  Rows rows;
  for (const auto& line : log.reached) {
    rows.push_back({line.time, line.verdict, line.to, line.amount, line.rule});
  }
  return rows;
}

void print_log(const SessionLog& log) {
  Rows facts;
  for (const auto& [name, value] : log.facts) {
    facts.push_back({name, value});
  }
  print(table_of(facts));
  Rows phases;
  for (const auto& [name, time] : log.phases) {
    phases.push_back({name, format_duration(time)});
  }
  print_section("phases", table_of(phases));
  if (log.reached_before > 0) {
    print_section("network", fmt::format("{} lines before these: agentbox logs --egress {}\n", log.reached_before, log.id) +
                                 table_of(rows_of(log)));
  } else {
    print_section("network", table_of(rows_of(log)));
  }
  for (const auto& part : log.output) {
    print_section(escape_untrusted(part.title), part.text.empty() ? "" : escape_log(trim(part.text)));
  }
  for (const auto& part : log.messages) {
    print_section(part.title, escape_log(trim(part.text)));
  }
}

int check_egress(const std::string& session, const CommandContext& context) {
  const EgressCheck check = check_egress_log(session, context.open());
  if (!check.problem.empty()) {
    print("not as it was written: " + escape_untrusted(check.problem, 1024) + "\n");
    return 1;
  }
  print(fmt::format(
      "{} lines, as they were written{}\nhash of the last line: {}\n", check.lines,
      check.beginning == EgressCheck::Beginning::dropped ? "; older ones were dropped when the log was full" : "",
      check.last_hash));
  return 0;
}

void print_egress(const std::string& session, const CommandContext& context) {
  constexpr ByteSize longest = ByteSize::mebibytes(64);
  for (const auto& log : egress_logs(session, context.open())) {
    if (const std::string text = read_regular_file(log, longest); !text.empty()) {
      print(escape_log(trim(text)));
    }
  }
}

}  // namespace

int execute(const ShowLogs& options, const CommandContext& context) {
  switch (options.print) {
    case ShowLogs::Print::egress_check:
      return check_egress(options.session, context);
    case ShowLogs::Print::egress:
      print_egress(options.session, context);
      return 0;
    case ShowLogs::Print::paths:
      for (const auto& file : session_log(options.session, context.open()).files) {
        print(file.string() + "\n");
      }
      return 0;
    case ShowLogs::Print::contents:
      print_log(session_log(options.session, context.open()));
      break;
  }
  return 0;
}

}  // namespace agentbox
