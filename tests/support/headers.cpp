// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0

// The home of the precompiled header of all tests (tests/CMakeLists.txt).
#include "support/catch.hpp"
