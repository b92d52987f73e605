// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/egress.hpp"
#include "egress/decide.hpp"
#include "session/application.hpp"

namespace agentbox {

/// A policy's network section with its groups replaced by hosts, some of which this host's configuration names.
ExpandedEgress expand_for_host(const Policy& policy, const Application& application);

/// asked: refused, but on a terminal the user would be asked first.
struct PolicyAnswer {
  Verdict verdict;
  bool asked = false;
};
/// What a session under this policy would be told if it asked for url, for `policy check`: the very decision that the gateway
/// makes. Throws Error{usage} for an unknown policy and for what is no URL and no host.
PolicyAnswer check_policy(const std::string& policy, const std::string& url, const Application& application);

/// Forgets hosts that the user has allowed "always" in a project; all of them when none are named. hosts: HOST or
/// HOST:PORT, HOST meaning its port 443. Throws Error{usage} when there was nothing to forget.
void forget_answers(const std::filesystem::path& project, const std::vector<std::string>& hosts,
                    const Application& application);

/// Adds rules to a running session, until it ends; rules that are there already are still there. Throws Error{usage} for a
/// session that is not running or has no gateway, and for a rule that is none.
enum class RuleKind { allow, deny };
void add_rules(const std::string& session, RuleKind kind, const std::vector<std::string>& rules,
               const Application& application);

}  // namespace agentbox
