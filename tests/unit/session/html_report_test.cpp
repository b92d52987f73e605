// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/report/html_report.hpp"

#include "session/resources.hpp"
#include "support/catch.hpp"
#include "support/count_of.hpp"

#include <nlohmann/json.hpp>

namespace agentbox::html_report_test {

using agentbox::test::count_of;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

Json sample(const std::string& text) {
  const Json file{{"path", text}, {"change", text}, {"what", text}, {"runs_in", text},
                  {"size", 5},    {"sha256", text}, {"from", text}};
  return {
      {"session", text},
      {"agent", text},
      {"policy", text},
      {"workspace", text},
      {"project", text},
      {"base", text},
      {"versions", {{text, text}}},
      {"started", text},
      {"result", text},
      {"exit_code", 3},
      {"outcome", text},
      {"limit", text},
      {"kept", text},
      {"took_ms", 61000},
      {"phases", Json::array({Json::array({text, 150}), Json::array({"command", 60000})})},
      {"network",
       {{"allowed", 1}, {"refused", 2}, {"bytes_up", 3}, {"refusals", {{{"to", text}, {"rule", text}, {"count", 7}}}}}},
      {"model",
       {{"requests", 4},
        {"cost_usd", 0.25},
        {"tokens", {{"input", 11}}},
        {"refusals", {{text, 1}}},
        {"providers", {{text, Json::object()}}}}},
      {"changes", {{"session", text}, {"count", 9}, {"files", Json::array({file})}}},
      {"artifacts", {{"files", Json::array({file})}}},
      {"guard", {{"leftovers", Json::array({file})}, {"mounts", Json::array({{{"directory", text}, {"leftovers", Json::array({file})}}})}}},
      {"patch", text},
      {"recording", text},
      {"samples", {{0, 0, 1000, 2000, 0, 0, 0, 0.0}, {5000, 2500, 3000, 4000, 10, 20, 30, 0.5}}}};
}

}  // namespace

TEST_CASE("a report shows what was done, and loads nothing") {
  const std::string page = html_report(sample("plain"));
  CHECK_THAT(page, Contains("default-src 'none'"));
  CHECK_THAT(page, Contains("exit code 3"));
  CHECK_THAT(page, Contains("<td>$0.25</td>"));
  CHECK_THAT(page, Contains("9 in all: agentbox diff plain"));
  CHECK_THAT(page, Contains("Processors in use"));
  CHECK_THAT(page, Contains("at most 0.50"));
  for (const char* never : {"<script", "src=", "href=", "url(", "@import", "http://", "https://", "javascript:"}) {
    INFO(never);
    CHECK(page.find(never) == std::string::npos);
  }
}

TEST_CASE("nothing that a guest has chosen becomes markup, wherever it is shown") {
  const std::size_t elements = count_of(html_report(sample("plain")), "<");
  for (const std::string attack :
       {"<script>alert(1)</script>", "</td></table><img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>",
        "' onclick='x", "</style><b>", "]]><b>", "</title><b>", "&lt;b&gt;", "<!--"}) {
    INFO(attack);
    const std::string page = html_report(sample(attack));
    CHECK(count_of(page, "<") == elements);
    CHECK(page.find(attack) == std::string::npos);
    CHECK(count_of(page, "class=\"verdict other\"") == 1);
  }
  const std::string page =
      html_report(sample("a\x1b[31m\xff\xe2\x80\xae"
                         "b"));  // an escape sequence, no UTF-8, right-to-left
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK(page.find("\xe2\x80\xae") == std::string::npos);
  CHECK(page.find('\xff') == std::string::npos);
  CHECK_THAT(page, Contains("a\\x1b[31m"));
}

TEST_CASE("a report of anything at all is a page") {
  for (const Json& odd : {Json(), Json::array(), Json::object(), Json("x"), Json(7)}) {
    CHECK_THAT(html_report(odd), Contains("</html>"));
    const Json whole = sample("x");
    Json run = whole;
    for (const auto& [key, value] : whole.items()) {
      Json damaged = run;
      damaged[key] = odd;
      INFO(key);
      CHECK_THAT(html_report(damaged), Contains("</html>"));
    }
    run["changes"]["files"] = {odd, odd};
    run["samples"] = {odd, {1, 2}, {"a", 0, 0, 0, 0, 0, 0, 0}, {-1, 0, 0, 0, 0, 0, 0, 0}};
    run["phases"] = {odd, {odd, odd}};
    CHECK_THAT(html_report(run), Contains("</html>"));
  }
}

TEST_CASE("of a long session fewer samples are kept, over its whole time") {
  std::uint64_t taken = 0;
  ResourceSampler sampler([&] { return ResourceSample{.processor = std::chrono::milliseconds(taken++)}; },
                          std::chrono::hours(1));
  for (int turn = 0; turn < 10'000; ++turn) {
    CHECK(sampler.serve() == SideService::Served::go_on);
    REQUIRE(sampler.samples().size() <= ResourceSampler::most);
  }
  sampler.finish();
  CHECK(sampler.samples().size() > ResourceSampler::most / 4);
  CHECK(sampler.samples().front().processor.count() == 0);
  CHECK(samples_from_json(Json::parse(to_json(sampler.samples()).dump())) == sampler.samples());
}

}  // namespace agentbox::html_report_test
