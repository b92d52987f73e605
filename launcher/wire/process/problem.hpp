// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "wire/protocol.hpp"

#include <cerrno>
#include <string>
#include <system_error>

namespace agentbox::wire {

/// Why a room cannot be made, for the launcher to tell. Internal to agentbox-wire: main() turns it into a Report.
class Problem : public std::runtime_error {
 public:
  Problem(Report report, const std::string& what) : std::runtime_error(what), report_(report) {}
  [[nodiscard]] Report report() const noexcept { return report_; }

 private:
  Report report_;
};

/// From errno, at once.
inline Problem problem(Report report, const std::string& attempted) {
  return {report, attempted + ": " + std::generic_category().message(errno)};
}

}  // namespace agentbox::wire
