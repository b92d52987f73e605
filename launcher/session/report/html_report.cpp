// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/report/html_report.hpp"

#include "core/markup.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "session/report/chart.hpp"
#include "session/resources.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace agentbox {
namespace {

using Json = nlohmann::json;
using Cells = std::vector<std::string>;

constexpr const char* style = R"(
:root { color-scheme: light dark; --ink: #1d2330; --dim: #5c6575; --edge: #d8dde6; --fill: #3566c4; --good: #1a7f4b; --bad: #b3261e; --paper: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --dim: #9aa3b5; --edge: #3a4150; --fill: #7aa2f7; --good: #58c98b; --bad: #ff8a80; --paper: #161a22; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.verdict { font-weight: 600; } .succeeded { color: var(--good); } .other { color: var(--bad); }
.dim, .scale, .times, figcaption { color: var(--dim); } .scale { float: right; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--edge); vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--dim); } td:first-child { min-width: 8rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 1rem; } figure { margin: 0; }
svg { width: 100%; height: auto; display: block; } .axis { fill: none; stroke: var(--edge); } .line { fill: none; stroke: var(--fill); stroke-width: 2; }
.bar { fill: var(--fill); } text { fill: var(--ink); font-size: 13px; } .time { fill: var(--dim); }
.times { display: flex; justify-content: space-between; font-size: .85rem; } code { font-size: .9em; }
)";

/// Escaped twice: nothing that reorders or hides text, and nothing that ends an element.
std::string safe(std::string_view text, std::size_t longest = 1000) {
  return escape_markup(escape_untrusted(text, longest));
}

const Json& at(const Json& value, const char* key) {
  static const Json nothing;
  const auto found = value.is_object() ? value.find(key) : value.end();
  return value.is_object() && found != value.end() ? *found : nothing;
}

/// What is no list is an empty one, and likewise for objects.
const Json& list_at(const Json& value, const char* key) {
  static const Json empty = Json::array();
  const Json& found = at(value, key);
  return found.is_array() ? found : empty;
}

const Json& object_at(const Json& value, const char* key) {
  static const Json empty = Json::object();
  const Json& found = at(value, key);
  return found.is_object() ? found : empty;
}

std::string words(const Json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  return value.is_number() ? value.dump() : "";
}

double number(const Json& value) { return value.is_number() ? value.get<double>() : 0; }
std::string size_in_words(double bytes) {
  return ByteSize(static_cast<std::uint64_t>(std::max(bytes, 0.0))).to_string();
}

std::string table(const Cells& heading, const std::vector<Cells>& rows) {
  std::string html = "<table>\n";
  if (!heading.empty()) {
    html += "<tr>";
    for (const auto& cell : heading) {
      html += "<th>" + safe(cell) + "</th>";
    }
    html += "</tr>\n";
  }
  for (const auto& row : rows) {
    html += "<tr>";
    for (const auto& cell : row) {
      html += "<td>" + safe(cell) + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

/// Nothing at all without rows, or what is to be said then.
std::string section(const std::string& title, const Cells& heading, const std::vector<Cells>& rows,
                    const std::string& none = {}) {
  if (rows.empty() && none.empty()) {
    return {};
  }
  return "<h2>" + safe(title) + "</h2>\n" +
         (rows.empty() ? "<p class=\"dim\">" + safe(none) + "</p>\n" : table(heading, rows));
}

/// Of a list of objects, these members.
std::vector<Cells> rows_of(const Json& list, const std::vector<const char*>& keys) {
  constexpr std::size_t most_rows = 2000;
  std::vector<Cells> rows;
  for (const auto& one : list) {
    if (rows.size() == most_rows) {
      rows.push_back({"and more"});
      break;
    }
    Cells cells;
    for (const char* key : keys) {
      cells.push_back(words(at(one, key)));
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

std::string head_of_page(const Json& run) {
  const std::string result = words(at(run, "result"));
  std::vector<Cells> facts;
  constexpr std::pair<const char*, const char*> shown[] = {
      {"Project", "project"}, {"Mode", "workspace"},      {"Policy", "policy"}, {"Base", "base"},
      {"Kept", "kept"},       {"Recording", "recording"}, {"Patch", "patch"}};
  for (const auto& [name, key] : shown) {
    if (const std::string value = words(at(run, key)); !value.empty()) {
      facts.push_back({name, value});
    }
  }
  for (const auto& [name, version] : object_at(run, "versions").items()) {
    facts.push_back({"Version of " + name, words(version)});
  }
  const std::string limit = words(at(run, "limit"));
  return "<h1>" + safe(words(at(run, "session"))) + "</h1>\n<p><span class=\"verdict " +
         (result == "succeeded" ? "succeeded" : "other") + "\">" + safe(result) +
         "</span>: " + safe(words(at(run, "outcome"))) +
         (limit.empty() ? "" : "; the limit on " + safe(limit) + " was reached") + "; exit code " +
         safe(words(at(run, "exit_code"))) + "<br><span class=\"dim\">" + safe(words(at(run, "started"))) + ", " +
         safe(format_duration(std::chrono::milliseconds(static_cast<std::int64_t>(number(at(run, "took_ms")))))) +
         "</span></p>\n" + table({}, facts);
}

std::string phases_of(const Json& run) {
  std::vector<std::pair<std::string, double>> phases;
  for (const auto& phase : list_at(run, "phases")) {
    if (phase.is_array() && phase.size() == 2) {
      phases.emplace_back(words(phase[0]), number(phase[1]));
    }
  }
  return phases.empty() ? "" : "<h2>Timeline</h2>\n" + phase_chart(phases);
}

std::string resources_of(const Json& run) {
  const auto samples = samples_from_json(at(run, "samples"));
  if (samples.size() < 2) {
    return {};
  }
  using Points = std::vector<std::pair<double, double>>;
  const auto points = [&](auto value) {
    Points all;
    for (const auto& sample : samples) {
      all.emplace_back(static_cast<double>(sample.at.count()) / 1000, static_cast<double>(value(sample)));
    }
    return all;
  };
  const auto highest = [](const Points& all) {
    return std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second < b.second; })
        ->second;
  };
  Points processors;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const auto time = static_cast<double>((samples[i].at - samples[i - 1].at).count());
    const auto used = static_cast<double>((samples[i].processor - samples[i - 1].processor).count());
    processors.emplace_back(static_cast<double>(samples[i].at.count()) / 1000,
                            time > 0 ? std::max(used, 0.0) / time : 0);
  }
  const Points memory = points([](const ResourceSample& sample) { return sample.memory; });
  const Points disk = points([](const ResourceSample& sample) { return sample.disk; });
  const Points network = points([](const ResourceSample& sample) { return sample.bytes_up + sample.bytes_down; });
  const Points tokens = points([](const ResourceSample& sample) { return sample.tokens; });
  const Points cost = points([](const ResourceSample& sample) { return sample.cost; });
  std::string charts = line_chart("Processors in use", processors, fmt::format("{:.2f}", highest(processors))) +
                       line_chart("Memory", memory, size_in_words(highest(memory))) +
                       line_chart("Disk", disk, size_in_words(highest(disk))) +
                       line_chart("Network, both ways", network, size_in_words(highest(network)));
  if (highest(tokens) > 0) {
    charts += line_chart("Tokens", tokens, fmt::format("{:.0f}", highest(tokens)));
    charts += line_chart("Cost", cost, fmt::format("${:.4f}", highest(cost)));
  }
  return "<h2>Resources</h2>\n<div class=\"charts\">\n" + charts + "</div>\n";
}

std::string model_of(const Json& run) {
  const Json& model = at(run, "model");
  if (!model.is_object()) {
    return {};
  }
  std::vector<Cells> rows;
  const auto row = [&](const std::string& name, const Json& totals) {
    const Json& tokens = at(totals, "tokens");
    rows.push_back({name, words(at(totals, "requests")), words(at(tokens, "input")), words(at(tokens, "cached_input")),
                    words(at(tokens, "output")), "$" + words(at(totals, "cost_usd"))});
  };
  for (const auto& [name, totals] : object_at(model, "providers").items()) {
    row(name, totals);
  }
  row("all", model);
  std::vector<Cells> refusals;
  for (const auto& [reason, count] : object_at(model, "refusals").items()) {
    refusals.push_back({reason, words(count)});
  }
  return section("Model", {"Provider", "Calls", "Tokens in", "of these cached", "Tokens out", "Cost"}, rows) +
         section("Model calls that were refused", {"Reason", "Times"}, refusals);
}

std::string network_of_run(const Json& run) {
  const Json& network = at(run, "network");
  std::vector<Cells> sums{{"Allowed", words(at(network, "allowed"))},
                          {"Refused", words(at(network, "refused"))},
                          {"Failed", words(at(network, "failed"))},
                          {"Sent", size_in_words(number(at(network, "bytes_up")))},
                          {"Received", size_in_words(number(at(network, "bytes_down")))}};
  return section("Network", {}, sums) + section("Refused by the network policy", {"Where to", "Rule", "Times"},
                                                rows_of(list_at(network, "refusals"), {"to", "rule", "count"}),
                                                "Nothing was refused.");
}

/// The project's, and those of further directories with their full paths.
std::vector<Cells> leftovers_of(const Json& guard) {
  auto rows = rows_of(list_at(guard, "leftovers"), {"path", "what", "runs_in"});
  for (const auto& mount : list_at(guard, "mounts")) {
    for (auto& row : rows_of(list_at(mount, "leftovers"), {"path", "what", "runs_in"})) {
      row.front() = words(at(mount, "directory")) + "/" + row.front();
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::string files_of(const Json& run) {
  const Json& changes = at(run, "changes");
  const double count = number(at(changes, "count"));
  const auto rows = rows_of(list_at(changes, "files"), {"path", "change"});
  const std::string workspace = words(at(run, "workspace"));
  const bool reviewed = workspace == "overlay" || workspace == "copy";
  std::string html =
      section("Changes", {"Path", "Change"}, rows,
              reviewed ? "Nothing was changed."
                       : "The project was shared as it is: its own version control tells what was changed.");
  if (count > static_cast<double>(rows.size())) {
    html += fmt::format("<p class=\"dim\">{:.0f} in all: agentbox diff {}</p>\n", count,
                        safe(words(at(changes, "session"))));
  }
  html += section("Files that can run by themselves", {"Path", "What", "Runs in"}, leftovers_of(at(run, "guard")), "None was changed.");
  std::vector<Cells> artifacts;
  for (const auto& file : list_at(at(run, "artifacts"), "files")) {
    artifacts.push_back({words(at(file, "path")), size_in_words(number(at(file, "size"))), words(at(file, "sha256"))});
  }
  return html + section("Artifacts", {"File", "Size", "SHA-256"}, artifacts);
}

}  // namespace

std::string html_report(const Json& run) {
  const std::string title = safe(words(at(run, "session")), 80);
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
         "base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"viewport\" content=\"width=device-width, "
         "initial-scale=1\">\n<title>" +
         title + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n" + head_of_page(run) + phases_of(run) +
         resources_of(run) + model_of(run) + network_of_run(run) + files_of(run) + "</body>\n</html>\n";
}

}  // namespace agentbox
