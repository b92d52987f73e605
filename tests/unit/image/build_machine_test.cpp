// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/build_machine.hpp"
#include "support/catch.hpp"

namespace agentbox::build_machine_test {

TEST_CASE("an emulated machine that installs things has one processor where the host has none to spare") {
  CHECK(processors_to_build_with(Accelerator::tcg, 0.3, 2) == 2);
  CHECK(processors_to_build_with(Accelerator::tcg, 2.0, 2) == 2);  // what was done before is in the load still
  CHECK(processors_to_build_with(Accelerator::tcg, 2.1, 2) == 1);
  CHECK(processors_to_build_with(Accelerator::tcg, 5.0, 8) == 2);
  CHECK(processors_to_build_with(Accelerator::kvm, 5.0, 2) == 2);
}

}  // namespace agentbox::build_machine_test
