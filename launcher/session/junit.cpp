// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/junit.hpp"

#include "core/markup.hpp"
#include "core/text.hpp"
#include "core/timestamp.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace agentbox {
namespace {

struct TestRow {
  std::string name;
  std::chrono::milliseconds took{};
  enum class Verdict { passed, failed, error } verdict = Verdict::passed;
  std::string type = {};     ///< of a failure or an error
  std::string message = {};  ///< its first line
  std::string text = {};     ///< lines
};

double in_seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

std::string row_xml(const TestRow& row, const std::string& label) {
  std::string xml = fmt::format("    <testcase classname=\"agentbox.{}\" name=\"{}\" time=\"{:.3f}\">\n",
                                escape_markup(label), escape_markup(row.name), in_seconds(row.took));
  if (row.verdict != TestRow::Verdict::passed) {
    const char* element = row.verdict == TestRow::Verdict::failed ? "failure" : "error";
    xml += fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", element, escape_markup(row.type),
                       escape_markup(row.message), escape_markup(row.text));
  } else if (!row.text.empty()) {
    xml += fmt::format("      <system-out>{}</system-out>\n", escape_markup(row.text));
  }
  return xml + "    </testcase>\n";
}

std::string suite_xml(const std::string& label, const std::vector<TestRow>& rows, const std::string& timestamp,
                      const std::vector<std::pair<std::string, std::string>>& properties) {
  const auto count = [&](TestRow::Verdict verdict) {
    return std::count_if(rows.begin(), rows.end(), [&](const TestRow& row) { return row.verdict == verdict; });
  };
  std::chrono::milliseconds took{};
  for (const auto& row : rows) {
    took += row.took;
  }
  const std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3f}\"", rows.size(),
                  count(TestRow::Verdict::failed), count(TestRow::Verdict::error), in_seconds(took));
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"agentbox\" {0}>\n"
      "  <testsuite name=\"agentbox {1}\" {0}{2}>\n",
      counts, escape_markup(label), timestamp.empty() ? "" : " timestamp=\"" + timestamp + "\"");
  if (!properties.empty()) {
    xml += "    <properties>\n";
    for (const auto& [name, value] : properties) {
      xml += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", escape_markup(name), escape_markup(value));
    }
    xml += "    </properties>\n";
  }
  for (const auto& row : rows) {
    xml += row_xml(row, label);
  }
  return xml + "  </testsuite>\n</testsuites>\n";
}

// Lines of what is behind the outcome: each is escaped already or is ours.
std::string background_of(const RunResult& result) {
  std::string text;
  for (const auto& [phase, took] : result.timings) {
    text += fmt::format("{}: {} ms\n", phase, took.count());
  }
  for (const auto& refusal : result.network.refusals) {
    text += fmt::format("refused {} time(s): {} ({})\n", refusal.count, escape_untrusted(refusal.to, 200),
                        escape_untrusted(refusal.rule, 200));
  }
  return text;
}

TestRow command_row(const RunResult& result) {
  TestRow row{.name = "command",
              .took = whole_time(result),
              .type = to_string(result.ending),
              .message = escape_untrusted(result.outcome, 400)};
  row.text = background_of(result);
  if (!result.limit.empty()) {
    row.message += "; the session's limit on " + result.limit + " is reached";
  }
  using Verdict = TestRow::Verdict;
  const bool by_itself = result.ending == RunEnding::succeeded || result.ending == RunEnding::guard_findings;
  row.verdict = by_itself ? Verdict::passed : result.ending == RunEnding::failed ? Verdict::failed : Verdict::error;
  return row;
}

TestRow guard_row(const RunResult& result) {
  TestRow row{.name = "guard", .type = "guard-findings"};
  std::size_t found = 0;
  for (const auto& aftermath : result.aftermath) {
    const std::string where = aftermath.of == Aftermath::Of::project ? "" : aftermath.directory + "/";
    for (const auto& leftover : aftermath.leftovers) {
      row.text += fmt::format("{}: {} (runs in {})\n", escape_untrusted(where + leftover.path, 1000),
                              escape_untrusted(leftover.what, 200), escape_untrusted(leftover.by, 200));
    }
    found += aftermath.leftovers.size();
    if (!aftermath.problem.empty()) {
      row.verdict = TestRow::Verdict::error;
      row.message = escape_untrusted(aftermath.problem, 400);
    }
  }
  if (found != 0) {
    row.verdict = TestRow::Verdict::failed;
    row.message = fmt::format("{} file(s) that can run by themselves were changed", found);
  }
  return row;
}

TestRow artifacts_row(const Artifacts& artifacts) {
  TestRow row{.name = "artifacts", .type = "artifacts"};
  for (const auto& file : artifacts.files) {
    row.text += fmt::format("{} ({} bytes)\n", escape_untrusted(file.path.native(), 1000), file.size);
  }
  if (!artifacts.problems.empty()) {
    row.verdict = TestRow::Verdict::error;
    row.message = escape_untrusted(artifacts.problems.front(), 400);
  }
  return row;
}

}  // namespace

std::string junit_xml(const RunResult& result) {
  std::vector<TestRow> rows{command_row(result), guard_row(result)};
  if (result.artifacts.asked_for) {
    rows.push_back(artifacts_row(result.artifacts));
  }
  std::vector<std::pair<std::string, std::string>> properties{{"session", result.session},
                                                              {"exit_code", std::to_string(result.exit_code)},
                                                              {"result", to_string(result.ending)},
                                                              {"policy", result.policy},
                                                              {"workspace", result.workspace}};
  for (const auto& [name, version] : result.versions) {
    properties.emplace_back("version." + name, escape_untrusted(version, 200));
  }
  if (const auto& model = result.network.broker; model.is_object()) {
    for (const char* figure : {"requests", "cost_usd"}) {
      if (const auto value = model.find(figure); value != model.end() && value->is_number()) {
        properties.emplace_back(std::string("model.") + figure, value->dump());
      }
    }
  }
  return suite_xml(result.label, rows, rfc3339(result.started), properties);
}

std::string junit_xml(const Error& error, const std::string& label) {
  TestRow row{.name = "command",
              .verdict = TestRow::Verdict::error,
              .type = "error",
              .message = escape_untrusted(error.what(), 1000)};
  for (const auto& line : split(trim(error.hint()), '\n')) {
    row.text += escape_untrusted(line, 1000) + "\n";
  }
  return suite_xml(label, {row}, "", {});
}

}  // namespace agentbox
