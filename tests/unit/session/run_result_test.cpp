// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/run_result.hpp"

#include "session/junit.hpp"
#include "session/outcome.hpp"
#include "session/usage_watch.hpp"
#include "support/catch.hpp"
#include "support/count_of.hpp"

#include <nlohmann/json.hpp>

namespace agentbox::run_result_test {

using agentbox::test::count_of;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

RunResult sample() {
  RunResult result{
      .session = "claude-7k2m9d",
      .label = "claude",
      .policy = "ci",
      .workspace = "overlay",
      .project = "/home/me/p",
      .base = "dev+claude",
      .versions = {{"agentbox", "1.2"}, {"claude", "2.1.330"}},
      .started = std::chrono::system_clock::from_time_t(0),
      .ending = RunEnding::succeeded,
      .exit_code = 0,
      .outcome = "exit code 0",
      .start = "fork",
      .kept = {},
      .timings = {{"fork", std::chrono::milliseconds(150)}, {"command", std::chrono::milliseconds(2000)}},
      .network = {},
      .changes = {
          .state = BroughtOut::State::stored, .id = "claude-7k2m9d", .count = 1, .files = {{"a.txt", "added"}}}};
  result.network.refusals.push_back({.to = "evil.example:443", .rule = "not listed", .count = 3});
  result.network.broker = {{"requests", 2}, {"cost_usd", 0.5}};
  result.artifacts = {.asked_for = true,
                      .files = {{.path = "/out/r.xml", .from = "/home/me/p/r.xml", .size = 5, .sha256 = "ab"}}};
  return result;
}

}  // namespace

TEST_CASE("a run's result as JSON has all that programs ask for, in one line") {
  const std::string line = to_json(sample());
  CHECK(line.find('\n') == std::string::npos);
  const Json value = Json::parse(line);
  CHECK(value["result"] == "succeeded");
  CHECK(value["exit_code"] == 0);
  CHECK(value["agent"] == "claude");
  CHECK(value["versions"] == Json({{"agentbox", "1.2"}, {"claude", "2.1.330"}}));
  CHECK(value["started"] == "1970-01-01T00:00:00Z");
  CHECK(value["took_ms"] == 2150);
  CHECK(value["timings_ms"] == Json({{"fork", 150}, {"command", 2000}}));
  CHECK(value["network"]["refusals"] ==
        Json::array({{{"to", "evil.example:443"}, {"rule", "not listed"}, {"count", 3}}}));
  CHECK(value["model"]["cost_usd"] == 0.5);
  CHECK(value["limit"].is_null());
  CHECK(value["changes"] ==
        Json({{"session", "claude-7k2m9d"}, {"count", 1}, {"files", {{{"path", "a.txt"}, {"change", "added"}}}}}));
  CHECK(value["artifacts"]["files"] ==
        Json::array({{{"path", "/out/r.xml"}, {"from", "/home/me/p/r.xml"}, {"size", 5}, {"sha256", "ab"}}}));
  CHECK(value["patch"].is_null());
}

TEST_CASE("what is left in further directories stands beside what is left in the project") {
  RunResult result = sample();
  result.aftermath = {{.leftovers = {{"Makefile", "new", "make"}}, .undo = "claude-7k2m9d"},
                      {.of = Aftermath::Of::mount, .directory = "/tools", .problem = "it is gone"}};
  CHECK(Json::parse(to_json(result))["guard"] ==
        Json({{"leftovers", Json::array({{{"path", "Makefile"}, {"what", "new"}, {"runs_in", "make"}}})},
              {"undo", "claude-7k2m9d"},
              {"problem", ""},
              {"mounts", Json::array({{{"directory", "/tools"}, {"leftovers", Json::array()}, {"undo", ""}, {"problem", "it is gone"}}})}}));
}

TEST_CASE("bytes of the guest do not break the JSON") {
  RunResult result = sample();
  result.changes.files = {{"\xff\"\n\x1b", "added"}};
  CHECK(Json::parse(to_json(result))["changes"]["files"][0]["path"] == "\xef\xbf\xbd\"\n\x1b");
}

TEST_CASE("a run that did not come to a result has one, too") {
  const Json missing = Json::parse(error_json(Error(ErrorKind::environment, "no key", "set it"), 125));
  CHECK(missing["result"] == "error");
  CHECK(missing["exit_code"] == 125);
  CHECK(missing["error"] == "no key");
  CHECK(missing["hint"] == "set it");
  CHECK(Json::parse(error_json(Error(ErrorKind::timed_out, "late"), 124))["result"] == "timed-out");
  CHECK(Json::parse(error_json(Interrupted(15), 143))["result"] == "interrupted");
}

TEST_CASE("each end of a relay has a word and an exit code") {
  const auto check = [](const RelayOutcome& outcome, RunEnding ending, int code) {
    CHECK(ending_of(outcome) == ending);
    CHECK(exit_code_of(outcome) == code);
    CHECK_FALSE(describe(outcome).empty());
  };
  check(RemoteEnded{ExitStatus::exited(0)}, RunEnding::succeeded, 0);
  check(RemoteEnded{ExitStatus::exited(3)}, RunEnding::failed, 3);
  check(RemoteEnded{ExitStatus::signaled(9)}, RunEnding::failed, 137);
  check(TimedOut{}, RunEnding::timed_out, 124);
  check(LimitReached{}, RunEnding::limit_reached, 122);
  check(ConnectionLost{"x"}, RunEnding::lost, 125);
  check(Signaled{15}, RunEnding::interrupted, 143);
  check(UserEscaped{}, RunEnding::left, 129);
}

TEST_CASE("which limit was reached is read from what the broker refused") {
  CHECK(reached_cap(nullptr).empty());
  CHECK(reached_cap(Json::object()).empty());
  CHECK(reached_cap({{"refusals", "x"}}).empty());
  CHECK(reached_cap({{"refusals", {{"not_allowed", 3}}}}).empty());
  CHECK(reached_cap({{"refusals", {{"cap_tokens", 1}}}}) == "tokens");
  CHECK(reached_cap({{"refusals", {{"cap_requests", 1}}}}) == "requests");
  CHECK(reached_cap({{"refusals", {{"cap_cost", 1}, {"cap_tokens", 1}}}}) == "cost");
}

TEST_CASE("a session whose model calls are refused for good is ended after its patience, and no other") {
  Json summary = Json::object();
  UsageWatch watch([&]() -> Json { return summary; },
                   {.between_looks = std::chrono::milliseconds(1), .patience = std::chrono::milliseconds(0)});
  CHECK(watch.serve() == SideService::Served::go_on);
  summary = {{"refusals", {{"cap_cost", 1}}}};
  CHECK(watch.serve() == SideService::Served::end_relay);
  UsageWatch patient([&]() -> Json { return summary; },
                     {.between_looks = std::chrono::milliseconds(1), .patience = std::chrono::hours(1)});
  CHECK(patient.serve() == SideService::Served::go_on);
  UsageWatch blind([]() -> Json { throw Error(ErrorKind::environment, "gone"); }, {});
  CHECK(blind.serve() == SideService::Served::go_on);
}

TEST_CASE("JUnit: a run that succeeded has no failure") {
  const std::string xml = junit_xml(sample());
  CHECK_THAT(xml, Contains(R"(<testsuites name="agentbox" tests="3" failures="0" errors="0" time="2.150">)"));
  CHECK_THAT(
      xml,
      Contains(
          R"(<testsuite name="agentbox claude" tests="3" failures="0" errors="0" time="2.150" timestamp="1970-01-01T00:00:00Z">)"));
  CHECK_THAT(xml, Contains(R"(<testcase classname="agentbox.claude" name="command" time="2.150">)"));
  CHECK_THAT(xml, Contains(R"(<property name="version.claude" value="2.1.330"/>)"));
  CHECK_THAT(xml, Contains("refused 3 time(s): evil.example:443 (not listed)"));
  CHECK_THAT(xml, Contains("/out/r.xml (5 bytes)"));
  CHECK(count_of(xml, "<testcase ") == count_of(xml, "</testcase>"));
}

TEST_CASE("JUnit: a failed command is a failure, a limit is an error, leftovers are a failure of the guard") {
  RunResult result = sample();
  result.ending = RunEnding::failed;
  result.outcome = "exit code 3";
  CHECK_THAT(junit_xml(result), Contains(R"(<failure type="failed" message="exit code 3">)"));
  result.ending = RunEnding::limit_reached;
  result.limit = "cost";
  CHECK_THAT(
      junit_xml(result),
      Contains(R"(<error type="limit-reached" message="exit code 3; the session's limit on cost is reached">)") ||
          Contains(R"(message="exit code 3; the session&#39;s limit on cost is reached">)"));
  CHECK_THAT(junit_xml(result), Contains(R"(failures="0" errors="1")"));
  result = sample();
  result.aftermath = {{.leftovers = {{".git/hooks/pre-commit", "new", "git"}}},
                      {.of = Aftermath::Of::mount, .directory = "/tools", .leftovers = {{"Makefile", "changed", "make"}}}};
  CHECK_THAT(junit_xml(result), Contains(R"(failures="1" errors="0")"));
  CHECK_THAT(junit_xml(result), Contains("message=\"2 file(s)"));
  CHECK_THAT(junit_xml(result), Contains(">.git/hooks/pre-commit: new (runs in git)\n/tools/Makefile: changed (runs in make)\n"));
  result.artifacts.problems = {"artifacts for /out: nothing in /p of the VM matches"};
  CHECK_THAT(junit_xml(result), Contains(R"(failures="1" errors="1")"));
}

TEST_CASE("JUnit: what a guest says ends no element") {
  RunResult result = sample();
  result.ending = RunEnding::lost;
  result.outcome = "connection lost: </error><x a=\"\x1b\">";
  result.aftermath = {{.leftovers = {{"a]]></failure>\n<y>", "new", "make"}}}};
  const std::string xml = junit_xml(result);
  CHECK(xml.find("<x") == std::string::npos);
  CHECK(xml.find("<y") == std::string::npos);
  CHECK(xml.find('\x1b') == std::string::npos);
  const std::string error = junit_xml(Error(ErrorKind::environment, "no <key>", "one\ntwo"), "claude");
  CHECK_THAT(error, Contains(R"(<error type="error" message="no &lt;key&gt;">one)"));
  CHECK_THAT(error, Contains(R"(tests="1" failures="0" errors="1")"));
}

}  // namespace agentbox::run_result_test
