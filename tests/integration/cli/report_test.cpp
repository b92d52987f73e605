// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/cli/program.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace agentbox::report_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// The result of a session whose guest has chosen its words well.
Json hostile_run() {
  const std::string attack =
      "</td><script>document.title = 'owned'</script><img src='file:///etc/hostname' onerror=\"document.title = "
      "'owned'\">";
  Json samples = Json::array();
  for (int i = 0; i < 60; ++i) {
    samples.push_back({i * 5000, i * 2000 + (i % 7) * 300, 300'000'000 + i * 1'000'000, 40'000'000 + i * 100'000,
                       i * 900, i * 40'000, i * 2500, i * 0.01});
  }
  return {
      {"session", "claude-7k2m9d"},
      {"agent", "claude"},
      {"workspace", "overlay"},
      {"policy", "ci"},
      {"project", "/home/me/project"},
      {"versions", {{"agentbox", "0.1"}, {"claude", "2.1.330"}}},
      {"started", "2026-11-01T10:00:00Z"},
      {"result", "failed"},
      {"exit_code", 3},
      {"outcome", "exit code 3"},
      {"took_ms", 302'000},
      {"phases", Json::array({Json::array({"fork", 160}), Json::array({"gateway", 40}), Json::array({"prepare", 900}),
                              Json::array({"command", 298'000}), Json::array({"end", 2900})})},
      {"network",
       {{"allowed", 12}, {"refused", 4}, {"refusals", {{{"to", attack}, {"rule", "not listed"}, {"count", 4}}}}}},
      {"model", {{"requests", 9}, {"cost_usd", 0.6}, {"tokens", {{"input", 140'000}, {"output", 7500}}}}},
      {"changes",
       {{"session", "claude-7k2m9d"},
        {"count", 2},
        {"files", {{{"path", attack}, {"change", "added"}}, {{"path", "src/main.cpp"}, {"change", "changed"}}}}}},
      {"guard", {{"leftovers", {{{"path", ".git/hooks/" + attack}, {"what", "new"}, {"runs_in", "git"}}}}}},
      {"samples", samples}};
}

/// Keeps it as a session does that is over.
void keep(const Program& program, const std::string& id, const std::string& document) {
  fs::create_directories(program.home() / "state/runs");
  std::ofstream(program.home() / "state/runs" / (id + ".json")) << document;
}

std::string browser() {
  for (const char* name : {"chromium-headless-shell", "chromium", "google-chrome"}) {
    if (const fs::path found = find_program(name); !found.empty()) {
      return found.string();
    }
  }
  skip("there is no headless Chromium (apt install chromium-headless-shell)");
}

unsigned big_endian(const std::string& bytes, std::size_t at) {
  unsigned number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number = number << 8U | static_cast<unsigned char>(bytes.at(at + i));
  }
  return number;
}

}  // namespace

TEST_CASE("a session that is over has a report, by its id and as the last one") {
  const Program program;
  CHECK(program.run({"report", "last"}).status == ExitStatus::exited(2));
  keep(program, "claude-7k2m9d", hostile_run().dump());
  const Captured page = program.run({"report", "claude-7"});
  CHECK(page.status == ExitStatus::exited(0));
  CHECK_THAT(page.output, Contains("<title>claude-7k2m9d</title>"));
  const fs::path file = program.home() / "page.html";
  CHECK(program.run({"report", "-q", "last", "-o", file.string()}).status == ExitStatus::exited(0));
  CHECK(content(file) == page.output);
  // Attack: the session has made a link of the directory that its user writes to.
  const fs::path project = program.home() / "project";
  fs::create_directories(project / "real");
  fs::create_directory_symlink(program.home(), project / "out");
  keep(program, "claude-links", nlohmann::json{{"session", "claude-links"}, {"project", project.string()}}.dump());
  CHECK(program.run({"report", "claude-l", "-o", (project / "out/stolen.html").string()}).status == ExitStatus::exited(125));
  CHECK_FALSE(fs::exists(program.home() / "stolen.html"));
  CHECK(program.run({"report", "claude-l", "-o", (project / "real/page.html").string()}).status == ExitStatus::exited(0));
  CHECK(fs::exists(project / "real/page.html"));
  keep(program, "codex-damaged", "{");
  CHECK(program.run({"report", "codex-damaged"}).status == ExitStatus::exited(125));
}

TEST_CASE("a browser shows the report, and runs nothing of what the guest has put into it") {
  const std::string chromium = browser();
  const Program program;
  keep(program, "claude-7k2m9d", hostile_run().dump());
  const fs::path file = program.home() / "page.html";
  REQUIRE(program.run({"report", "-q", "last", "-o", file.string()}).status == ExitStatus::exited(0));
  const auto browse = [&](const std::vector<std::string>& how) {
    ProcessSpec spec{.argv = {chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                              "--window-size=1000,1700", "--user-data-dir=" + (program.home() / "browser").string()},
                     .environment = program.environment()};
    spec.argv.insert(spec.argv.end(), how.begin(), how.end());
    spec.argv.push_back("file://" + file.string());
    return run_and_capture(spec, std::chrono::minutes(4));
  };
  const Captured shown = browse({"--dump-dom"});
  REQUIRE(shown.status == ExitStatus::exited(0));
  CHECK_THAT(shown.output, Contains("<title>claude-7k2m9d</title>"));
  CHECK(shown.output.find("<script") == std::string::npos);
  CHECK(shown.output.find("<img") == std::string::npos);
  CHECK_THAT(shown.output, Contains("&lt;script&gt;"));
  const fs::path picture = program.home() / "page.png";
  REQUIRE(browse({"--screenshot=" + picture.string()}).status == ExitStatus::exited(0));
  const std::string png = content(picture);
  REQUIRE(png.starts_with("\x89PNG"));
  CHECK(big_endian(png, 16) == 1000);
  CHECK(png.size() > 20'000);                                           // an empty page of this size has some 5000
  if (const char* keep_at = std::getenv("AGENTBOX_TEST_SCREENSHOT")) {  // to look at it
    fs::copy_file(picture, keep_at, fs::copy_options::overwrite_existing);
  }
}

}  // namespace agentbox::report_test
