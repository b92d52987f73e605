// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/network_answers.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <sys/stat.h>

namespace agentbox::network_answers_test {

namespace {

using Hosts = std::vector<std::string>;

unsigned mode_of(const std::filesystem::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

}  // namespace

TEST_CASE("answers are kept for one project and one policy, privately") {
  const TempDir home(std::filesystem::temp_directory_path(), "answers");
  const auto directory = home.path() / "network-answers";
  NetworkAnswerStore store(directory);
  CHECK(store.hosts("/p", "ask").empty());
  CHECK(store.list().empty());
  store.add("/p", "ask", "b.org:443");
  store.add("/p", "ask", "a.org:22");
  store.add("/p", "ask", "b.org:443");
  store.add("/p", "other", "c.org:443");
  store.add("", "ask", "d.org:443");
  CHECK(store.hosts("/p", "ask") == Hosts{"b.org:443", "a.org:22"});
  CHECK(store.hosts("/p/q", "ask").empty());
  CHECK(store.hosts("", "ask") == Hosts{"d.org:443"});
  CHECK(store.list() == std::vector<NetworkAnswers>{{"", "ask", {"d.org:443"}},
                                                    {"/p", "ask", {"b.org:443", "a.org:22"}},
                                                    {"/p", "other", {"c.org:443"}}});
  CHECK(mode_of(directory) == 0700);
  for (const auto& entry : std::filesystem::directory_iterator(directory)) CHECK(mode_of(entry.path()) == 0600);
}

TEST_CASE("forgetting one host, or all of a project") {
  const TempDir home(std::filesystem::temp_directory_path(), "answers");
  NetworkAnswerStore store(home.path() / "network-answers");
  CHECK(store.forget("/p", {}) == 0);
  store.add("/p", "ask", "a.org:443");
  store.add("/p", "ask", "b.org:443");
  store.add("/p", "other", "a.org:443");
  store.add("/q", "ask", "a.org:443");
  CHECK(store.forget("/p", {"a.org:443"}) == 2);
  CHECK(store.hosts("/p", "ask") == Hosts{"b.org:443"});
  CHECK(store.forget("/p", {}) == 1);
  CHECK(store.list() == std::vector<NetworkAnswers>{{"/q", "ask", {"a.org:443"}}});
}

TEST_CASE("a file of answers that is not as it should be is an error, not an empty one") {
  const TempDir home(std::filesystem::temp_directory_path(), "answers");
  NetworkAnswerStore store(home.path());
  store.add("/p", "ask", "a.org:443");
  for (const auto& entry : std::filesystem::directory_iterator(home.path())) {
    if (entry.path().extension() == ".json") write_file_atomically(entry.path(), "{\"hosts\": [\"*\"]}");
  }
  CHECK_THROWS_AS(store.hosts("/p", "ask"), Error);
}

}  // namespace agentbox::network_answers_test
