// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/connection.hpp"
#include "ssh/session.hpp"

#include <utility>

namespace agentbox {

struct SshConnection::Impl {
  explicit Impl(SshSessionOwner owner) : session(std::move(owner)) {}
  SshSession session;
};

}  // namespace agentbox
