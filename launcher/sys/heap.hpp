// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace agentbox {

/// Gives back what of the heap is free (malloc_trim(3)). For a process that has done most of its work and goes on for hours.
void give_back_free_heap();

}  // namespace agentbox
