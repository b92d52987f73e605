// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/heap.hpp"

#include <malloc.h>

namespace agentbox {

void give_back_free_heap() { malloc_trim(0); }

}  // namespace agentbox
