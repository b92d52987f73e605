// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace agentbox {

/// How many programs can run at once here; 1 where the system does not say.
int host_processors();

/// How many wanted to, in the last minute, on average (getloadavg(3)); 0 where the system does not say.
double load_of_last_minute();

}  // namespace agentbox
