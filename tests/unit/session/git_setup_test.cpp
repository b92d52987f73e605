// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/git_setup.hpp"

#include "config/catalog.hpp"
#include "core/base64.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <map>

namespace agentbox::git_setup_test {

namespace {

const std::string digits = "0123456789abcdef0123456789abcdef";

GitSetup setup_for(const std::vector<GitAccess>& access, const std::string& token = "ghp_REAL") {
  const std::filesystem::path shipped = AGENTBOX_SOURCE_DIR;
  const Catalog catalog(shipped / "no-such-directory", shipped);
  return make_git_setup({.access = access,
                         .broker_url = "http://10.0.2.2:8080",
                         .host = [&](const std::string& name) { return catalog.git_host(name); },
                         .token =
                             [&](const GitHost&) {
                               return token.empty() ? std::nullopt : std::optional<SecretText>(SecretText(token));
                             },
                         .random = [] { return digits; }});
}

/// "KEY=VALUE" of git's configuration, taken together from the variables.
std::vector<std::string> configuration(const GitSetup& setup) {
  std::map<std::string, std::string> variables;
  for (const SessionVariable& variable : setup.environment) {
    CHECK(is_git_configuration(variable.name));
    variables[variable.name] = variable.value;
  }
  std::vector<std::string> lines;
  for (int i = 0; i < std::stoi(variables.at("GIT_CONFIG_COUNT")); ++i)
    lines.push_back(variables.at("GIT_CONFIG_KEY_" + std::to_string(i)) + "=" +
                    variables.at("GIT_CONFIG_VALUE_" + std::to_string(i)));
  CHECK(variables.size() == 2 * lines.size() + 1);
  return lines;
}

}  // namespace

TEST_CASE("git is led to the broker for the repositories of the policy") {
  const std::vector<GitAccess> access{{.host = "gitlab.com",
                                       .fetch = {{"group/sub/lib-*"}, {"group/sub/lib-one"}, {"owner/read"}},
                                       .push = {{.repository = {"owner/read"}, .branches = {"agent/*"}}}}};
  const GitSetup setup = setup_for(access);
  const std::string place = "http://10.0.2.2:8080/git/gitlab.com/";
  CHECK(configuration(setup) ==
        std::vector<std::string>{
            "url." + place + "group/sub/lib-.insteadOf=https://gitlab.com/group/sub/lib-",
            "url." + place + "group/sub/lib-.insteadOf=http://gitlab.com/group/sub/lib-",
            "url." + place + "group/sub/lib-.insteadOf=git@gitlab.com:group/sub/lib-",
            "url." + place + "group/sub/lib-.insteadOf=ssh://git@gitlab.com/group/sub/lib-",
            "url." + place + "owner/read.insteadOf=https://gitlab.com/owner/read",
            "url." + place + "owner/read.insteadOf=http://gitlab.com/owner/read",
            "url." + place + "owner/read.insteadOf=git@gitlab.com:owner/read",
            "url." + place + "owner/read.insteadOf=ssh://git@gitlab.com/owner/read",
            "http." + place + ".extraHeader=Authorization: Bearer agentbox-" + digits,
            "http." + place + ".proxy=",
        });
  REQUIRE(setup.routes.size() == 1);
  const BrokerRoute& route = setup.routes[0];
  CHECK(route.upstream == Upstream::parse("https://gitlab.com"));
  CHECK(route.key.view() == to_base64("oauth2:ghp_REAL"));
  CHECK(route.bare_key.view() == "ghp_REAL");
  CHECK(route.placeholder.view() == "agentbox-" + digits);
  CHECK(route.git == access[0]);
  for (const SessionVariable& variable : setup.environment) {
    CHECK(variable.value.find("REAL") == std::string::npos);
    // What --dry-run shows must not hold even the placeholder.
    CHECK((variable.value.find(digits) == std::string::npos || variable.kind == SessionVariable::Kind::secret));
  }
}

TEST_CASE("several services are told apart") {
  const GitSetup setup = setup_for({{.host = "github.com", .fetch = {{"a/b"}}}, {.host = "gitlab.com", .fetch = {{"a/b"}}}});
  CHECK(setup.routes.size() == 2);
  CHECK(configuration(setup).size() == 5 + 2 + 4 + 2);
}

TEST_CASE("without a token there is a word about it and no configuration") {
  const GitSetup setup = setup_for({{.host = "github.com", .fetch = {{"a/b"}}}}, "");
  CHECK(setup.routes.empty());
  CHECK(setup.environment.empty());
  REQUIRE(setup.warnings.size() == 1);
  CHECK(setup.warnings[0].find("agentbox secret set GH_TOKEN") != std::string::npos);
  CHECK(is_git_configuration("GIT_CONFIG_KEY_7"));
  CHECK_FALSE(is_git_configuration("GIT_CONFIG_GLOBAL"));
}

}  // namespace agentbox::git_setup_test
