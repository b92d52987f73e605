// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/proxy_variables.hpp"

#include "support/catch.hpp"

#include <map>

namespace agentbox::proxy_variables_test {

namespace {

std::map<std::string, std::string> beside(const std::vector<SessionVariable>& present) {
  std::map<std::string, std::string> result;
  for (const auto& variable : proxy_variables(present)) result[variable.name] = variable.value;
  return result;
}

}  // namespace

TEST_CASE("proxy variables lead to the gateway, and not what is the gateway's own") {
  const std::string proxy = "http://10.0.2.2:3128";
  const std::string direct = "10.0.2.2,127.0.0.1,localhost,::1";
  CHECK(beside({}) == std::map<std::string, std::string>{{"http_proxy", proxy},
                                                         {"https_proxy", proxy},
                                                         {"no_proxy", direct},
                                                         {"HTTP_PROXY", proxy},
                                                         {"HTTPS_PROXY", proxy},
                                                         {"NO_PROXY", direct}});
}

// --env https_proxy=... would otherwise be undone for every program that looks at the other spelling first.
TEST_CASE("what the user says wins, in whichever case it is spelt") {
  const auto variables = beside({{"https_proxy", "http://proxy.test"}, {"NO_PROXY", "*"}, {"PATH", "/bin"}});
  CHECK(variables.size() == 2);
  CHECK(variables.count("HTTP_PROXY") == 1);
  CHECK(variables.count("http_proxy") == 1);
}

}  // namespace agentbox::proxy_variables_test
