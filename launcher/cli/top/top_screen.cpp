// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/top/top_screen.hpp"

#include "cli/output.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;

std::string last_line_of(const TopKeys& keys, const std::string& message) {
  switch (keys.asking()) {
    case TopKeys::Asking::whether_to_stop:
      return "Stop " + keys.chosen() + "? [y/N]";
    case TopKeys::Asking::which_host:
      return "Allow " + keys.chosen() + " which host (HOST or HOST:PORT, Esc: none)? " + keys.host();
    case TopKeys::Asking::nothing:
      break;
  }
  return message.empty() ? "a: attach   s: stop   w: allow a host   j, k: choose   q: quit" : message;
}

}  // namespace

Listing list_usages(const std::vector<SessionUsage>& usages, std::chrono::system_clock::time_point now) {
  Listing listing{
      .heading = {"ID", "STATE", "AGE", "CPU", "MEMORY", "DISK", "NET UP", "NET DOWN", "TOKENS", "COST", "PROJECT"},
      .rows = {}};
  for (const auto& [record, processors, sample] : usages) {
    listing.rows.push_back({record.id, to_string(record.phase), format_age(record.started, now),
                            processors ? fmt::format("{:.0f}%", *processors * 100) : "-",
                            ByteSize(sample.memory).to_string(), ByteSize(sample.disk).to_string(),
                            ByteSize(sample.bytes_up).to_string(), ByteSize(sample.bytes_down).to_string(),
                            std::to_string(sample.tokens), fmt::format("${:.2f}", sample.cost),
                            record.project.empty() ? "-" : abbreviate_home(record.project)});
    listing.json.push_back(Json{{"id", record.id},
                                {"agent", record.agent},
                                {"project", record.project},
                                {"state", to_string(record.phase)},
                                {"started", record.started},
                                {"processors", processors ? Json(*processors) : Json(nullptr)},
                                {"memory", sample.memory},
                                {"disk", sample.disk},
                                {"bytes_up", sample.bytes_up},
                                {"bytes_down", sample.bytes_down},
                                {"tokens", sample.tokens},
                                {"cost_usd", sample.cost}});
  }
  return listing;
}

std::string top_screen(const Listing& listing, const TopKeys& keys, const std::string& message, TerminalSize size) {
  std::vector<std::vector<std::string>> rows{listing.heading};
  for (const auto& row : listing.rows) {
    std::vector<std::string> cells;
    for (const auto& cell : row) {
      cells.push_back(escape_untrusted(cell, 200));
    }
    rows.push_back(std::move(cells));
  }
  const std::vector<std::string> lines = split(trim(text_table(rows)), '\n');
  const auto columns = static_cast<std::size_t>(std::max(size.columns - 1, 1));
  const auto room = static_cast<std::size_t>(std::max(size.rows - 2, 1));  // without the last line and one above it
  // The chosen one is always among those that there is room for.
  const auto chosen = std::find_if(listing.rows.begin(), listing.rows.end(),
                                   [&](const auto& row) { return row.front() == keys.chosen(); });
  const std::size_t place =
      chosen == listing.rows.end() ? 0 : static_cast<std::size_t>(chosen - listing.rows.begin()) + 1;
  const std::size_t skipped = place >= room ? place - room + 1 : 0;
  std::string screen = "\x1b[H";
  for (std::size_t line = 0; line < room; ++line) {
    const std::size_t at = line == 0 ? 0 : line + skipped;
    const std::string text = at < lines.size() ? fit_to_width(lines[at], columns) : "";
    screen += (at == place && place > 0 ? "\x1b[7m" + text + "\x1b[m" : text) + "\x1b[K\r\n";
  }
  if (listing.rows.empty()) {
    screen += "No session is running.";
  }
  return screen + "\x1b[K\r\n" + fit_to_width(escape_untrusted(last_line_of(keys, message), 400), columns) + "\x1b[K";
}

}  // namespace agentbox
