// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/outcome.hpp"

#include <csignal>

namespace agentbox {
namespace {

constexpr int limit_reached_code = 122;
constexpr int timed_out_code = 124;
constexpr int own_failure_code = 125;

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

}  // namespace

RunEnding ending_of(const RelayOutcome& outcome) {
  return std::visit(Match{[](const RemoteEnded& ended) { return ended.status.success() ? RunEnding::succeeded : RunEnding::failed; },
                          [](const UserEscaped&) { return RunEnding::left; },
                          [](const UserDetached&) { return RunEnding::left; },
                          [](const TimedOut&) { return RunEnding::timed_out; },
                          [](const LimitReached&) { return RunEnding::limit_reached; },
                          [](const ConnectionLost&) { return RunEnding::lost; },
                          [](const Signaled&) { return RunEnding::interrupted; }},
                    outcome);
}

int exit_code_of(const RelayOutcome& outcome) {
  return std::visit(Match{[](const RemoteEnded& ended) { return ended.status.shell_code(); },
                          // The user hung up on it, as a closing terminal would.
                          [](const UserEscaped&) { return ExitStatus::signaled(SIGHUP).shell_code(); },
                          [](const UserDetached&) { return 0; },
                          [](const TimedOut&) { return timed_out_code; },
                          [](const LimitReached&) { return limit_reached_code; },
                          [](const ConnectionLost&) { return own_failure_code; },
                          [](const Signaled& ended) { return ExitStatus::signaled(ended.signal_number).shell_code(); }},
                    outcome);
}

std::string describe(const RelayOutcome& outcome) {
  return std::visit(
      Match{[](const RemoteEnded& ended) { return ended.status.describe(); },
            [](const UserEscaped&) { return std::string("left by Enter ~ ."); },
            [](const UserDetached&) { return std::string("detached"); },
            [](const TimedOut&) { return std::string("timed out"); },
            [](const LimitReached&) { return std::string("ended, since its model calls were refused: a limit is reached"); },
            [](const ConnectionLost& lost) { return "connection lost: " + lost.reason; },
            [](const Signaled& ended) { return ExitStatus::signaled(ended.signal_number).describe(); }},
      outcome);
}

}  // namespace agentbox
