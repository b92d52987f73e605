// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/usage_meter.hpp"

#include "core/error.hpp"
#include "session/session_vm.hpp"
#include "sys/process.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace agentbox {
namespace {

constexpr std::chrono::milliseconds patience_with_gateway{300};

EgressSummary network_seen_from_outside(const std::filesystem::path& session_directory) {
  try {
    const auto answer = command_gateway(session_directory / "gateway.sock", {{"command", "status"}},
                                        Clock::now() + patience_with_gateway);
    return egress_summary_from_json(answer.value("status", nlohmann::json()));
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    return {};  // it has none, or it starts or ends
  }
}

}  // namespace

std::vector<SessionUsage> UsageMeter::look(const Application& application) {
  std::vector<SessionUsage> usages;
  std::map<std::string, Earlier> now_seen;
  for (const auto& session : SessionStore(application.directories.state / "sessions").list()) {
    if (!session.live) {
      continue;
    }
    SessionUsage usage{.record = session.record};
    const ProcessIdentity& vm = session.record.vm;
    const auto pid = static_cast<pid_t>(vm.pid);
    // Another process may have the number by now.
    const bool runs = pid > 0 && process_start_time(pid) == vm.start_time;
    if (runs) {
      usage.sample = take_sample(pid, session.directory / vm_directory_name / "disk.qcow2",
                                 network_seen_from_outside(session.directory));
      const Clock::time_point now = Clock::now();
      if (const auto before = earlier_.find(session.record.id); before != earlier_.end() && now > before->second.when) {
        const std::chrono::duration<double> passed = now - before->second.when;
        const std::chrono::duration<double> used = usage.sample.processor - before->second.processor;
        usage.processors = std::max(0.0, used / passed);
      }
      now_seen[session.record.id] = {.processor = usage.sample.processor, .when = now};
    }
    usages.push_back(std::move(usage));
  }
  earlier_ = std::move(now_seen);
  return usages;
}

}  // namespace agentbox
