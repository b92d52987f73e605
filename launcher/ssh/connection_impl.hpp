// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/connection.hpp"
#include "ssh/session.hpp"

#include <utility>

namespace agentbox {

struct SshConnection::Impl {
  Impl(SshSessionOwner owner, SshPatience patience) : session(std::move(owner), patience) {}
  SshSession session;
};

}  // namespace agentbox
