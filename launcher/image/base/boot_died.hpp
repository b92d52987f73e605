// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "core/progress.hpp"

#include <string>
#include <utility>

namespace agentbox {

/// A machine that ended while it booted: its guest's kernel has crashed (it was seen under emulation, once in months),
/// or QEMU has. Nothing was done in it, so it may be booted again.
class BootDied : public Error {
 public:
  BootDied(const Error& cause, std::string last_words) : Error(cause.kind(), cause.what(), std::move(last_words)) {}
};

/// Runs boot; once more, and says so, when the machine dies.
template <typename Boot>
auto boot_twice_if_it_dies(Progress& progress, Boot boot) {
  try {
    return boot();
  } catch (const BootDied& died) {
    progress.note("The VM ended while it booted (" + std::string(died.what()) + "); it is booted once more.");
  }
  return boot();
}

}  // namespace agentbox
