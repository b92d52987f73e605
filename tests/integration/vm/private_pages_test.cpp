// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/private_pages.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace agentbox::private_pages_test {

using namespace agentbox::test;

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t pages = 3000;  // more than one look at the page map, and than one run

std::string content_of(char fill) { return std::string(pages * page, fill); }

/// A process that has a file mapped privately and has written some pages, as QEMU has its machine's memory.
class Writer {
 public:
  Writer(const std::filesystem::path& file, const std::vector<std::size_t>& written)
      : process_([&](int report) {
          const UniqueFd fd = open_file(file, O_RDONLY);
          auto* memory = static_cast<char*>(::mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd.get(), 0));
          char sum = 0;
          for (std::size_t i = 0; i < pages; i += 2) {
            sum = static_cast<char>(sum + memory[i * page]);  // read, which makes nothing private
          }
          for (const std::size_t one : written) {
            std::memset(memory + one * page, 'w', page);
          }
          report_line(report, sum == 1 ? "x" : "ready");
          sleep_for_ever();
        }) {
    process_.read_line();
  }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }

 private:
  Forked process_;
};

}  // namespace

TEST_CASE("what a process has written into its private mapping, and nothing else, is added to a copy of the file") {
  const TempDir dir("/tmp");
  write_file_atomically(dir.path() / "ram", content_of('t'));
  std::vector<std::size_t> written{0, 1, 7, pages - 1};
  for (std::size_t i = 100; i < 1500; ++i) {
    written.push_back(i);
  }
  const Writer writer(dir.path() / "ram", written);
  write_file_atomically(dir.path() / "copy", content_of('t'));
  const UniqueFd copy = open_file(dir.path() / "copy", O_RDWR);
  PrivatePages memory(writer.pid(), dir.path() / "ram");
  CHECK(memory.write_to(copy.get()) == written.size() * page);
  std::string expected = content_of('t');
  for (const std::size_t one : written) {
    expected.replace(one * page, page, std::string(page, 'w'));
  }
  CHECK((read_file(dir.path() / "copy", ByteSize::mebibytes(64)) == expected));
  CHECK((read_file(dir.path() / "ram", ByteSize::mebibytes(64)) == content_of('t')));
  CHECK(memory.write_to(copy.get()) == written.size() * page);
  CHECK((read_file(dir.path() / "copy", ByteSize::mebibytes(64)) == expected));
}

TEST_CASE("what has changed since pages were written is written again, and what was given back becomes the file's") {
  const TempDir dir("/tmp");
  write_file_atomically(dir.path() / "ram", content_of('t'));
  write_file_atomically(dir.path() / "copy", content_of('t'));
  const UniqueFd copy = open_file(dir.path() / "copy", O_RDWR);
  const UniqueFd ram = open_file(dir.path() / "ram", O_RDONLY);
  auto* memory = static_cast<char*>(::mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, ram.get(), 0));
  std::memset(memory + 10 * page, 'a', 20 * page);
  PrivatePages written(::getpid(), dir.path() / "ram");
  CHECK(written.write_to(copy.get()) == 20 * page);
  memory[12 * page + 5] = 'b';                               // changed
  memory[100 * page] = 'c';                                  // new
  ::madvise(memory + 20 * page, 3 * page, MADV_DONTNEED);    // given back
  CHECK(written.write_to(copy.get()) == 18 * page);
  const std::string now(memory, pages * page);
  CHECK((read_file(dir.path() / "copy", ByteSize::mebibytes(64)) == now));
  CHECK(now[20 * page] == 't');
  ::munmap(memory, pages * page);
}

TEST_CASE("a process that does not map the file is no machine") {
  const TempDir dir("/tmp");
  write_file_atomically(dir.path() / "ram", "x");
  const UniqueFd copy = open_file(dir.path() / "copy", O_RDWR | O_CREAT);
  CHECK_THROWS_AS(PrivatePages(::getpid(), dir.path() / "ram").write_to(copy.get()), Error);
}

}  // namespace agentbox::private_pages_test
