// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/sealed_memory.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace agentbox;

TEST_CASE("a sealed memory is read once more as it was written, and cannot be changed") {
  const UniqueFd memory = make_sealed_memory("the plan");
  CHECK(::write(memory.get(), "x", 1) == -1);
  CHECK(::ftruncate(memory.get(), 0) == -1);
  CHECK(::mmap(nullptr, 8, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0) == MAP_FAILED);
  CHECK(read_secret(memory.get(), ByteSize(8)).view() == "the plan");
  CHECK(read_secret(memory.get(), ByteSize(8)).empty());  // at its end
}

TEST_CASE("a secret from a pipe is read to its end, within a bound") {
  PipeEnds pipe = make_pipe();
  write_all(pipe.write.get(), "the plan");
  pipe.write.reset();
  CHECK_THROWS_AS(read_secret(pipe.read.get(), ByteSize(7)), Error);
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

TEST_CASE("a process that holds secrets leaves no core and cannot be read") {
  test::Forked holder([](int report) {
    protect_process_memory();
    rlimit core{1, 1};
    const bool quiet = ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0;
    write_all(report, std::to_string(::prctl(PR_GET_DUMPABLE)) + (quiet ? " no core\n" : " core\n"));
  });
  CHECK(holder.read_line() == "0 no core");
}
