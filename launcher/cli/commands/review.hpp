// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/commands/commands.hpp"
#include "session/run.hpp"

namespace agentbox {

/// At the end of a session whose changes wait: on a terminal its user may look, apply, keep or discard; else one line says how to.
enum class Ask { on_terminal, nobody };
void offer_review(const RunResult& result, Ask ask, const CommandContext& context);

}  // namespace agentbox
