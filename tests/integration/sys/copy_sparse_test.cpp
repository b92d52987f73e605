// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/signals.hpp"
#include "sys/temp_dir.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

namespace agentbox::copy_sparse_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

namespace {

constexpr off_t mebibyte = 1 << 20;

/// A file of this size with "data" at each offset and holes between.
void make_sparse(int fd, off_t size, std::initializer_list<off_t> offsets) {
  REQUIRE(::ftruncate(fd, size) == 0);
  for (const off_t offset : offsets) {
    REQUIRE(::pwrite(fd, "data", 4, offset) == 4);
  }
}

}  // namespace

TEST_CASE("copy_sparse keeps content and holes") {
  // A 2 GiB guest's RAM file holds 280 MB; without its holes each template would cost the difference.
  const TempDir dir("/tmp");
  struct Case {
    off_t size;
    std::initializer_list<off_t> offsets;
  };
  const Case cases[] = {
      {64 * mebibyte, {0, 10 * mebibyte + 5, 64 * mebibyte - 4}},
      {64 * mebibyte, {32 * mebibyte}},  // holes at both ends
      {64 * mebibyte, {}},
      {4, {0}},
      {0, {}},
  };
  for (const auto& [size, offsets] : cases) {
    const auto from = dir.path() / "from";
    const auto to = dir.path() / "to";
    make_sparse(open_file(from, O_RDWR | O_CREAT | O_TRUNC).get(), size, offsets);
    REQUIRE(allocated_bytes(from) <= static_cast<std::uint64_t>(mebibyte));  // else this file system makes no holes
    const std::uint64_t allocated = copy_sparse(from, to, 0440);
    CHECK(allocated == allocated_bytes(to));
    CHECK(allocated <= static_cast<std::uint64_t>(mebibyte));
    CHECK(fs::file_size(to) == static_cast<std::uintmax_t>(size));
    CHECK(sha512_hex_of_file(to) == sha512_hex_of_file(from));
    CHECK(fs::status(to).permissions() == fs::perms(0440));
    fs::remove(to);
  }
}

TEST_CASE("copy_sparse copies out of a memfd onto a disk") {
  const TempDir dir("/tmp");
  const UniqueFd memory(::memfd_create("ram", MFD_CLOEXEC));
  make_sparse(memory.get(), 32 * mebibyte, {mebibyte, 31 * mebibyte});
  const fs::path from = "/proc/self/fd/" + std::to_string(memory.get());
  CHECK(copy_sparse(from, dir.path() / "to") <= static_cast<std::uint64_t>(mebibyte));
  CHECK(sha512_hex_of_file(from) == sha512_hex_of_file(dir.path() / "to"));
}

TEST_CASE("an interrupted or failed copy leaves no file that could be taken for whole") {
  const TempDir dir("/tmp");
  make_sparse(open_file(dir.path() / "from", O_RDWR | O_CREAT).get(), mebibyte, {0});
  Forked tester([&](int) {
    block_signals();
    ::raise(SIGTERM);
    try {
      copy_sparse(dir.path() / "from", dir.path() / "to");
      expect(false, "not interrupted");
    } catch (const Interrupted&) {
    }
  });
  CHECK(tester.wait().success());
  CHECK_FALSE(fs::exists(dir.path() / "to"));

  // A full disk, by way of a limit on the size of files.
  Forked limited([&](int) {
    block_signals();
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    expect(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
    try {
      copy_sparse(dir.path() / "from", dir.path() / "to");
      expect(false, "copied");
    } catch (const Error& error) {
      expect(std::string(error.what()).find("File too large") != std::string::npos, error.what());
    }
  });
  CHECK(limited.wait().success());
  CHECK_FALSE(fs::exists(dir.path() / "to"));
  CHECK_THROWS_AS(copy_sparse(dir.path() / "none", dir.path() / "to"), Error);
}

}  // namespace agentbox::copy_sparse_test
