// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/secret_memory.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace agentbox::secret_memory_test {

TEST_CASE("a secret from a pipe is read to its end, within a bound") {
  for (const std::size_t limit : {7U, 8U}) {
    PipeEnds pipe = make_pipe();
    write_all(pipe.write.get(), "the plan");
    pipe.write.reset();
    if (limit < 8) {
      CHECK_THROWS_AS(read_secret(pipe.read.get(), ByteSize(limit)), Error);
    } else {
      CHECK(read_secret(pipe.read.get(), ByteSize(limit)).view() == "the plan");
      CHECK(read_secret(pipe.read.get(), ByteSize(limit)).empty());  // at its end
    }
  }
}

// A launcher that crashed left a core with the user's keys, and QEMU one with the guest's memory. On a host whose
// core_pattern is a program, a limit of 0 would not have kept the kernel from feeding it.
TEST_CASE("without core dumps there are none in children either, and they cannot be had back") {
  test::Forked launcher([](int report) {
    forbid_core_dumps();
    forbid_core_dumps();  // a launcher in a launcher
    rlimit core{2, 2};
    ::getrlimit(RLIMIT_CORE, &core);
    write_all(report, std::to_string(core.rlim_cur) + " " + std::to_string(core.rlim_max) + " " +
                          std::to_string(::prctl(PR_GET_DUMPABLE)) + "\n");
  });
  CHECK(launcher.read_line() == "1 1 1");
}

}  // namespace agentbox::secret_memory_test
