// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/catch.hpp"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace agentbox::test {

/// From here on, the modes of files hold for this process even where root runs the tests (capabilities(7)): none is left.
inline void obey_modes() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, 2> none{};
  REQUIRE(::syscall(SYS_capset, &header, none.data()) == 0);
}

}  // namespace agentbox::test
