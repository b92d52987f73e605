// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/usage_watch.hpp"

#include "core/error.hpp"

#include <nlohmann/json.hpp>

#include <csignal>

namespace agentbox {

std::string reached_cap(const nlohmann::json& summary) {
  const auto refusals = summary.is_object() ? summary.find("refusals") : summary.end();
  if (refusals == summary.end() || !refusals->is_object()) {
    return {};
  }
  for (const char* cap : {"cost", "tokens", "requests"}) {
    if (refusals->contains(std::string("cap_") + cap)) {
      return cap;
    }
  }
  return {};
}

UsageWatch::UsageWatch(std::function<nlohmann::json()> look, Times times)
    : look_(std::move(look)), times_(times), timer_(times.between_looks) {}

SideService::Served UsageWatch::serve() {
  timer_.take();
  try {
    if (!ends_ && !reached_cap(look_()).empty()) {
      ends_ = Clock::now() + times_.patience;
    }
  } catch (const Interrupted& interrupted) {
    ::raise(interrupted.signal_number());  // for the relay to read
  } catch (const Error&) {
    // A gateway that has died refuses everything; that ends the agent, or its time limit does.
  }
  return ends_ && Clock::now() >= *ends_ ? Served::end_relay : Served::go_on;
}

}  // namespace agentbox
