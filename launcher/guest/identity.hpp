// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/guest_plan.hpp"

namespace agentbox::guest {

/// In a template: covers what identifies a machine and cannot be written, with the same, so that a fork has only to write into what covers it. Throws
/// std::system_error.
void make_room_for_identity();

/// Names the machine, and gives a fork what would otherwise be its template's. Throws std::runtime_error or std::system_error.
void take_identity(const GuestPlan::Prepare& plan);

}  // namespace agentbox::guest
