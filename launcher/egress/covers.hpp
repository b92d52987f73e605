// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/egress_rules.hpp"

namespace agentbox {

/// Whether everything that narrow allows is allowed by wide alone. Pure.
bool covers(const EgressRule& wide, const EgressRule& narrow);

}  // namespace agentbox
