// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/proxy_variables.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace agentbox {
namespace {

// GatewayPlan's address and proxy_port.
constexpr const char* proxy_url = "http://10.0.2.2:3128";
/// Base URLs of a brokered model lead to 10.0.2.2 itself: by the proxy they would be refused.
constexpr const char* not_by_proxy = "10.0.2.2,127.0.0.1,localhost,::1";

std::string in_case(std::string text, int (*convert)(int)) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [&](unsigned char c) { return static_cast<char>(convert(c)); });
  return text;
}

}  // namespace

std::vector<SessionVariable> proxy_variables(const std::vector<SessionVariable>& present) {
  constexpr std::array<std::pair<const char*, const char*>, 3> wanted{
      {{"http_proxy", proxy_url}, {"https_proxy", proxy_url}, {"no_proxy", not_by_proxy}}};
  std::vector<SessionVariable> variables;
  for (const auto& [name, value] : wanted) {
    const auto same = [&, lower = std::string(name)](const SessionVariable& variable) {
      return in_case(variable.name, std::tolower) == lower;
    };
    if (std::none_of(present.begin(), present.end(), same)) {
      variables.push_back({name, value});
      variables.push_back({in_case(name, std::toupper), value});
    }
  }
  return variables;
}

}  // namespace agentbox
