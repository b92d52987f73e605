// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "session/egress_logs.hpp"
#include "session/log/follow_log.hpp"
#include "session/log/session_log.hpp"
#include "sys/guarded_read.hpp"

#include <fmt/format.h>

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;
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
    rows.push_back(words_of(line));
  }
  return rows;
}

void print_facts(const SessionLog& log) {
  Rows facts;
  for (const auto& [name, value] : log.facts) {
    facts.push_back({name, value});
  }
  print(table_of(facts));
}

void print_phases(const SessionLog& log) {
  Rows phases;
  for (const auto& [name, time] : log.phases) {
    phases.push_back({name, format_duration(time)});
  }
  print_section("phases", table_of(phases));
}

void print_log(const SessionLog& log) {
  print_facts(log);
  print_phases(log);
  if (log.reached_before > 0) {
    print_section("network",
                  fmt::format("{} lines before these: agentbox logs --egress {}\n", log.reached_before, log.id) +
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

Json json_of(const std::vector<SessionLog::Text>& texts) {
  Json json = Json::array();
  for (const auto& [title, text] : texts) {
    json.push_back({{"title", title}, {"text", text}});
  }
  return json;
}

Json json_of(const SessionLog& log) {
  Json facts = Json::object();
  for (const auto& [name, value] : log.facts) {
    facts[name] = value;
  }
  Json lines = Json::array();
  for (const auto& line : log.reached) {
    lines.push_back({{"time", line.time},
                     {"verdict", line.verdict},
                     {"times", line.times},
                     {"what", line.what},
                     {"host", line.host},
                     {"port", line.port},
                     {"up", line.up},
                     {"down", line.down},
                     {"rule", line.rule}});
  }
  Json files = Json::array();
  for (const auto& file : log.files) {
    files.push_back(file.string());
  }
  return {{"session", log.id},
          {"facts", facts},
          {"result", log.result.empty() ? Json() : Json::parse(log.result)},
          {"network", {{"lines_before", log.reached_before}, {"lines", lines}}},
          {"output", json_of(log.output)},
          {"messages", json_of(log.messages)},
          {"files", files}};
}

void print_added(const AddedText& added) { print(escape_log(std::string_view(added.text).substr(0, added.text.size() - 1))); }

/// Under a title whenever another part of the log goes on, as tail does with several files.
void follow(const std::string& session, const CommandContext& context) {
  const Application application = context.open();
  const SessionLog before = session_log(session, application);
  if (before.grows == SessionLog::Grows::no) {
    print_log(before);
    return;
  }
  print_facts(before);
  std::string part;
  const auto tell = [&](const AddedText& added) {
    if (part != added.title) {
      part = added.title;
      print("==> " + escape_untrusted(part) + " <==\n");
    }
    print_added(added);
  };
  if (!follow_session_log(before.id, Followed::everything, application, tell)) {
    print_log(session_log(before.id, application));  // it has just ended
    return;
  }
  const SessionLog after = session_log(before.id, application);
  print("==> over <==\n");
  print_facts(after);
  print_phases(after);
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

void print_egress(const ShowLogs& options, const CommandContext& context) {
  if (options.until == ShowLogs::Until::end_of_session &&
      follow_session_log(options.session, Followed::egress, context.open(), print_added)) {
    return;
  }
  constexpr ByteSize longest = ByteSize::mebibytes(64);
  for (const auto& log : egress_logs(options.session, context.open())) {
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
      print_egress(options, context);
      return 0;
    case ShowLogs::Print::paths:
      for (const auto& file : session_log(options.session, context.open()).files) {
        print(file.string() + "\n");
      }
      return 0;
    case ShowLogs::Print::contents:
      break;
  }
  if (options.until == ShowLogs::Until::end_of_session) {
    follow(options.session, context);
    return 0;
  }
  const SessionLog log = session_log(options.session, context.open());
  options.format == Format::json ? print(format_json(json_of(log))) : print_log(log);
  return 0;
}

}  // namespace agentbox
