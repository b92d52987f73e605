// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/log/egress_log.hpp"

#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>

#include <algorithm>
#include <filesystem>

namespace agentbox::egress_log_test {

using namespace std::chrono_literals;

namespace {

const auto kStart = std::chrono::system_clock::time_point(1'700'000'000s);

EgressRecord record(const std::string& name, std::chrono::seconds later = 0s) {
  return {
      .time = kStart + later, .session = "s1", .what = "dns", .name = name, .verdict = "refused", .rule = "no rule"};
}

struct Files {
  TempDir directory{std::filesystem::temp_directory_path(), "egress"};
  std::filesystem::path current = directory.path() / "egress.jsonl";
  std::filesystem::path older = directory.path() / "egress.old.jsonl";
  [[nodiscard]] EgressLog open(EgressLogLimits limits = {}) const {
    return {open_file(current, O_RDWR | O_CREAT, 0600), open_file(older, O_RDWR | O_CREAT, 0600), limits};
  }
  [[nodiscard]] std::string text() const { return read_file(current); }
};

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("a record is one line with the hash of the line before it") {
  const std::string line = to_line({.time = kStart + 5ms,
                                    .session = "s1",
                                    .what = "tls",
                                    .name = "a.org",
                                    .address = "1.2.3.4",
                                    .port = 443,
                                    .verdict = "allowed",
                                    .rule = "allow a.org",
                                    .bytes_up = 1,
                                    .bytes_down = 2,
                                    .duration = 3ms},
                                   first_hash());
  CHECK(
      line ==
      R"({"time":"2023-11-14T22:13:20.005Z","session":"s1","what":"tls","name":"a.org","address":"1.2.3.4","port":443,)"
      R"("verdict":"allowed","rule":"allow a.org","up":1,"down":2,"ms":3,"prev":")" +
          first_hash() + "\"}");
}

TEST_CASE("guest text cannot make lines or terminal sequences") {
  const std::string line = to_line(record("a\n{\"x\":1}\x1b[2J\xff"), first_hash());
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(nlohmann::json::accept(line));
}

TEST_CASE("changing, removing or moving a line shows") {
  const Files files;
  {
    auto log = files.open();
    for (const char* name : {"a.org", "b.org", "c.org"}) log.add(record(name));
  }
  const std::string text = files.text();
  REQUIRE(lines_in(text) == 3);
  CHECK_FALSE(verify_egress_log(text, first_hash()).has_value());
  std::string changed = text;
  changed.replace(changed.find("a.org"), 1, "x");
  CHECK(verify_egress_log(changed, first_hash())->line == 2);
  const auto second = text.find('\n') + 1;
  const auto third = text.find('\n', second) + 1;
  CHECK(verify_egress_log(text.substr(0, second) + text.substr(third), first_hash())->line == 2);
  CHECK(verify_egress_log(text.substr(second), first_hash())->line == 1);
  CHECK_FALSE(verify_egress_log(text.substr(second), std::nullopt).has_value());  // the older part was rotated away
  CHECK(verify_egress_log(text.substr(0, text.size() - 1), first_hash())->line == 3);
  CHECK(verify_egress_log("{}\n", std::nullopt)->line == 1);
}

TEST_CASE("a flood of the same refusal is one line and a count") {
  const Files files;
  auto log = files.open();
  for (int i = 0; i < 1000; ++i) log.add(record("evil.com"));
  CHECK(lines_in(files.text()) == 1);
  log.flush(kStart + 5s);
  CHECK(lines_in(files.text()) == 1);
  log.flush(kStart + 11s);
  REQUIRE(lines_in(files.text()) == 2);
  CHECK(files.text().find("\"repeated\":999") != std::string::npos);
  log.flush(kStart + 30s);
  CHECK(lines_in(files.text()) == 2);
  CHECK_FALSE(verify_egress_log(files.text(), first_hash()).has_value());
}

TEST_CASE("a flood of ever new names is bounded, too") {
  const Files files;
  auto log = files.open({.remembered = 10});
  for (int i = 0; i < 1000; ++i) log.add(record("n" + std::to_string(i) + ".evil.com"));
  CHECK(lines_in(files.text()) == 10);
  log.add(record("later.org", 11s));  // the flood is over, and its size becomes known
  CHECK(files.text().find("\"repeated\":990") != std::string::npos);
  CHECK(files.text().find("later.org") != std::string::npos);
}

TEST_CASE("connections that moved bytes are always written") {
  const Files files;
  auto log = files.open();
  EgressRecord connection = record("a.org");
  connection.bytes_up = 1;
  log.add(connection);
  log.add(connection);
  CHECK(lines_in(files.text()) == 2);
}

TEST_CASE("a full log becomes the older one, and the chain goes on") {
  const Files files;
  auto log = files.open({.file_bytes = 1000, .remembered = 1000});
  for (int i = 0; i < 20; ++i) log.add(record("n" + std::to_string(i) + ".org"));
  const std::string older = read_file(files.older);
  const std::string current = files.text();
  CHECK(older.size() <= 1000);
  CHECK(current.size() <= 1000);
  CHECK(current.find("n19.org") != std::string::npos);
  CHECK_FALSE(verify_egress_log(older + current, std::nullopt).has_value());
}

TEST_CASE("without files nothing is written, and nothing fails") {
  EgressLog log{UniqueFd(), UniqueFd()};
  log.add(record("a.org"));
  CHECK(log.lost() == 0);
}

TEST_CASE("a line that cannot be written is counted, and the chain stays whole") {
  EgressLog log{open_file("/dev/full", O_RDWR), UniqueFd()};
  log.add(record("a.org"));
  CHECK(log.lost() == 1);
}

}  // namespace agentbox::egress_log_test
