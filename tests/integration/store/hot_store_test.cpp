// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/hot_store.hpp"

#include "support/catch.hpp"
#include "support/skip.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace agentbox::hot_store_test {

namespace fs = std::filesystem;
using Found = KeptDisk::Found;
using State = HotStore::Entry::State;

namespace {

constexpr ByteSize size = ByteSize::gibibytes(32);

struct Hot {
  TempDir directory{fs::temp_directory_path(), "hot"};
  HotStore store{directory.path() / "hot"};

  Hot() {
    if (find_program("mke2fs").empty()) test::skip("mke2fs is not installed");
  }
};

}  // namespace

TEST_CASE("a project's disk is made once, holds a file system and hardly any room") {
  const Hot h;
  const auto disk = h.store.open("/a/project", size);
  REQUIRE(disk);
  CHECK(disk->found() == Found::fresh);
  CHECK(fs::file_size(disk->image()) == size.bytes());
  CHECK(allocated_bytes(disk->image()) < ByteSize::mebibytes(16).bytes());
  CHECK(fs::status(disk->image()).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  UniqueFd file = open_file(disk->image(), O_RDONLY);
  unsigned char magic[2];
  REQUIRE(::pread(file.get(), magic, 2, 1024 + 56) == 2);
  CHECK((magic[0] == 0x53 && magic[1] == 0xef));  // ext4(5)
}

TEST_CASE("one session has it at a time, and projects have their own") {
  const Hot h;
  auto disk = h.store.open("/a/project", size);
  REQUIRE(disk);
  CHECK_FALSE(h.store.open("/a/project", size));
  CHECK(h.store.open("/b/project", size));
  CHECK_FALSE(HotStore::remove(h.store.list().front()));
  // QEMU inherits the lock: the disk is taken for as long as it runs.
  UniqueFd inherited(::fcntl(disk->lock(), F_DUPFD_CLOEXEC, 3));
  disk.reset();
  CHECK_FALSE(h.store.open("/a/project", size));
  inherited.reset();
  CHECK(h.store.open("/a/project", size));
}

TEST_CASE("what a session left is there again when it came to its end, and else is thrown away") {
  const Hot h;
  const auto write_mark = [](const KeptDisk& disk) {
    ::pwrite(open_file(disk.image(), O_WRONLY).get(), "mark", 4, 1 << 30);
  };
  const auto has_mark = [](const KeptDisk& disk) {
    char text[4];
    return ::pread(open_file(disk.image(), O_RDONLY).get(), text, 4, 1 << 30) == 4 && std::string(text, 4) == "mark";
  };
  fs::path directory;
  {
    const auto disk = h.store.open("/a/project", size);
    write_mark(*disk);
    directory = disk->directory();
    HotStore::mark_whole(directory);
  }
  CHECK(h.store.list().front().state == State::whole);
  {
    const auto disk = h.store.open("/a/project", size);
    CHECK(disk->found() == Found::kept);
    CHECK(has_mark(*disk));
    CHECK(h.store.list().front().state == State::in_use);
  }
  CHECK(h.store.list().front().state == State::cut_off);
  const auto disk = h.store.open("/a/project", size);
  CHECK(disk->found() == Found::cut_off);
  CHECK_FALSE(has_mark(*disk));
}

TEST_CASE("a disk of another size is made anew") {
  const Hot h;
  {
    const auto disk = h.store.open("/a/project", ByteSize::gibibytes(1));
    HotStore::mark_whole(disk->directory());
  }
  const auto disk = h.store.open("/a/project", size);
  CHECK(disk->found() == Found::fresh);
  CHECK(fs::file_size(disk->image()) == size.bytes());
}

TEST_CASE("what is kept is listed by project, and removed alone") {
  const Hot h;
  (void)h.store.open("/b/two", size);
  (void)h.store.open("/a/one", size);
  auto entries = h.store.list();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].project == "/a/one");
  CHECK(entries[0].bytes > 0);
  CHECK(HotStore::remove(entries[0]));
  CHECK(h.store.list().size() == 1);
  CHECK(h.store.list()[0].project == "/b/two");
}

}  // namespace agentbox::hot_store_test
