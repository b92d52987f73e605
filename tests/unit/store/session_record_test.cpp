// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "store/session_record.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox::session_record_test {

// QEMU writes in the session's directory, so an escaped one can write state.json. A megabyte of "[" in it was copied by
// recursion, and every `agentbox ls` and every clean-up after a crash ended in an overflow of the stack.
TEST_CASE("a state.json that is nested without end is an error like any other") {
  const TempDir place(std::filesystem::temp_directory_path());
  constexpr std::size_t levels = 400'000;
  write_file_atomically(place.path() / "state.json",
                        "{\"launcher\":" + std::string(levels, '[') + std::string(levels, ']') + "}");
  CHECK_THROWS_AS(load_session_record(place.path()), Error);
}

}  // namespace agentbox::session_record_test
