// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "support/catch.hpp"

#include <string>

namespace agentbox::test {

/// What action says when it fails: "message" or "message | hint". "no error" when it does not fail, so that a test
/// that compares messages fails then.
template <class Action>
std::string config_error(Action action) {
  try {
    static_cast<void>(action());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::config) return std::string("not an error of kind config: ") + error.what();
    return error.hint().empty() ? std::string(error.what()) : error.what() + (" | " + error.hint());
  }
  return "no error";
}

struct BadText {
  std::string text;
  std::string message;  ///< with the place, and " | hint" when there is one
};

}  // namespace agentbox::test
