// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/directories.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <map>
#include <optional>

namespace agentbox::directories_test {

namespace {

/// Sets variables, or unsets them, for as long as it lives.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::optional<std::string>>& wanted) {
    for (const auto& [name, value] : wanted) {
      const char* before = std::getenv(name.c_str());
      former_[name] = before == nullptr ? std::nullopt : std::optional<std::string>(before);
      set(name, value);
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    for (const auto& [name, value] : former_) {
      set(name, value);
    }
  }

 private:
  static void set(const std::string& name, const std::optional<std::string>& value) {
    value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  }
  std::map<std::string, std::optional<std::string>> former_;
};

std::map<std::string, std::optional<std::string>> nothing_but(std::map<std::string, std::optional<std::string>> set) {
  for (const char* name :
       {"HOME", "AGENTBOX_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"}) {
    set.emplace(name, std::nullopt);
  }
  return set;
}

}  // namespace

TEST_CASE("directories below HOME by default") {
  const Environment environment(nothing_but({{"HOME", "/home/u"}}));
  const auto directories = Directories::from_environment();
  CHECK(directories.config == "/home/u/.config/agentbox");
  CHECK(directories.data == "/home/u/.local/share/agentbox");
  CHECK(directories.state == "/home/u/.local/state/agentbox");
  CHECK(directories.cache == "/home/u/.cache/agentbox");
}

TEST_CASE("XDG variables count when they are absolute") {
  const Environment environment(nothing_but({{"HOME", "/home/u"},
                                             {"XDG_CONFIG_HOME", "/c"},
                                             {"XDG_DATA_HOME", "relative"},
                                             {"XDG_STATE_HOME", ""},
                                             {"XDG_CACHE_HOME", "/k/../k2/"}}));
  const auto directories = Directories::from_environment();
  CHECK(directories.config == "/c/agentbox");
  CHECK(directories.data == "/home/u/.local/share/agentbox");
  CHECK(directories.state == "/home/u/.local/state/agentbox");
  CHECK(directories.cache == "/k2/agentbox");
}

TEST_CASE("AGENTBOX_HOME takes everything") {
  const Environment environment(nothing_but({{"AGENTBOX_HOME", "/box"}, {"XDG_DATA_HOME", "/d"}}));
  const auto directories = Directories::from_environment();
  CHECK(directories.config == "/box/config");
  CHECK(directories.data == "/box/data");
  CHECK(directories.state == "/box/state");
  CHECK(directories.cache == "/box/cache");
}

TEST_CASE("a relative AGENTBOX_HOME or a missing HOME is an error") {
  {
    const Environment environment(nothing_but({{"HOME", "/home/u"}, {"AGENTBOX_HOME", "box"}}));
    CHECK_THROWS_AS(Directories::from_environment(), Error);
  }
  const Environment environment(nothing_but({}));
  CHECK_THROWS_AS(Directories::from_environment(), Error);
}

}  // namespace agentbox::directories_test
