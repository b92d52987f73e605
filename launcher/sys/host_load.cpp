// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/host_load.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace agentbox {

int host_processors() { return static_cast<int>(std::max(1U, std::thread::hardware_concurrency())); }

double load_of_last_minute() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

}  // namespace agentbox
