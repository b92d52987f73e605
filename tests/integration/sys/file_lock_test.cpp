// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/file_lock.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/signals.hpp"
#include "sys/temp_dir.hpp"

#include <fcntl.h>

#include <csignal>

namespace agentbox::file_lock_test {

using namespace agentbox::test;

namespace {

/// A process that holds the lock until it is killed.
struct Holder {
  Forked process;
  Holder(const std::filesystem::path& path, LockMode mode)
      : process([&](int report) {
          const FileLock lock = FileLock::acquire(path, mode);
          report_line(report, "locked");
          sleep_for_ever();
        }) {
    process.read_line();
  }
};

}  // namespace

TEST_CASE("a lock excludes other processes and dies with its holder") {
  const TempDir dir("/tmp");
  const auto path = dir.path() / "lock";
  Holder holder(path, LockMode::exclusive);
  CHECK_FALSE(FileLock::try_acquire(path, LockMode::exclusive));
  CHECK_FALSE(FileLock::try_acquire(path, LockMode::shared));
  holder.process.kill();
  CHECK(FileLock::try_acquire(path, LockMode::exclusive));
}

TEST_CASE("shared locks go together") {
  const TempDir dir("/tmp");
  const auto path = dir.path() / "lock";
  const Holder holder(path, LockMode::shared);
  CHECK(FileLock::try_acquire(path, LockMode::shared));
  CHECK_FALSE(FileLock::try_acquire(path, LockMode::exclusive));
}

TEST_CASE("two handles of one process exclude each other, too") {
  const TempDir dir("/tmp");
  const auto path = dir.path() / "lock";
  {
    const FileLock one = FileLock::acquire(path, LockMode::exclusive);
    CHECK_FALSE(FileLock::try_acquire(path, LockMode::exclusive));
  }
  CHECK(FileLock::try_acquire(path, LockMode::exclusive));
}

TEST_CASE("a child does not hold the lock of the process that started it") {
  // The lock belongs to the open file; a QEMU that inherited the descriptor would hold the session long after its
  // launcher.
  const TempDir dir("/tmp");
  const auto path = dir.path() / "lock";
  std::optional<FileLock> lock = FileLock::acquire(path, LockMode::exclusive);
  const ChildProcess child = ChildProcess::spawn({.argv = {"sleep", "1000"}});
  lock.reset();
  CHECK(FileLock::try_acquire(path, LockMode::exclusive));
}

TEST_CASE("a lock on a removed file is not taken for a lock") {
  // A opens the lock file that B holds; B removes it and lets go, as it does with its session's directory; C makes a
  // new one. If A's lock on the removed file counted, A and C would both own the session.
  const TempDir dir("/tmp");
  const auto owner = [&](int) {
    for (int round = 0; round < 1500; ++round) {
      std::optional<FileLock> lock;
      while (!lock) {
        lock = FileLock::try_acquire(dir.path() / "lock", LockMode::exclusive);
      }
      open_file(dir.path() / "owned", O_CREAT | O_EXCL | O_WRONLY);  // throws when another one is in here, too
      std::filesystem::remove(dir.path() / "owned");
      std::filesystem::remove(dir.path() / "lock");
    }
  };
  Forked owners[] = {Forked(owner), Forked(owner), Forked(owner)};
  for (auto& process : owners) {
    CHECK(process.wait().success());
  }
}

TEST_CASE("acquire waits for the holder, and a signal ends the wait") {
  const TempDir dir("/tmp");
  const auto path = dir.path() / "lock";
  Holder holder(path, LockMode::exclusive);
  Forked waiter([&](int report) {
    report_line(report, "waiting");
    const FileLock lock = FileLock::acquire(path, LockMode::exclusive);
  });
  waiter.read_line();
  Forked interrupted([&](int report) {
    block_signals();
    report_line(report, "waiting");
    try {
      const FileLock lock = FileLock::acquire(path, LockMode::exclusive);
      expect(false, "had the lock");
    } catch (const Interrupted& signal) {
      expect(signal.signal_number() == SIGTERM, "another signal");
    }
  });
  interrupted.read_line();
  ::kill(interrupted.pid(), SIGTERM);
  CHECK(interrupted.wait().success());
  holder.process.kill();
  CHECK(waiter.wait().success());
}

TEST_CASE("a lock in a place that does not exist, or behind a link, is an error") {
  const TempDir dir("/tmp");
  CHECK_THROWS_AS(FileLock::try_acquire(dir.path() / "none/lock", LockMode::shared), Error);
  std::filesystem::create_symlink("elsewhere", dir.path() / "lock");
  CHECK_THROWS_AS(FileLock::try_acquire(dir.path() / "lock", LockMode::shared), Error);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "elsewhere"));
}

}  // namespace agentbox::file_lock_test
