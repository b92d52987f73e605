// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"
#include "workspace/changes/blob_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace agentbox::blob_store_test {

namespace fs = std::filesystem;

namespace {

std::string content_in(const BlobStore& store, const std::string& digest) { return read_to_end(store.open(digest).get(), digest, ByteSize::mebibytes(1)); }

std::size_t count_entries(const fs::path& directory) { return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), {})); }

}  // namespace

TEST_CASE("contents are kept by their digest, once") {
  const TempDir directory(fs::temp_directory_path());
  const BlobStore store(directory.path() / "blobs");
  for (const std::size_t size : std::vector<std::size_t>{0, 5, 65536, 65537, 65538, 300'000}) {
    CAPTURE(size);
    const std::string text(size, 'x');
    const std::string digest = store.put_text(text);
    CHECK(content_in(store, digest) == text);
    CHECK(store.put_text(text) == digest);
  }
  CHECK(store.put_text("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(count_entries(directory.path() / "blobs") == 7);
}

TEST_CASE("what never ends is taken as far as it is wanted") {
  const TempDir directory(fs::temp_directory_path());
  const BlobStore store(directory.path() / "blobs");
  const BlobStore::Source endless = [](char* buffer, std::size_t size) {
    std::fill(buffer, buffer + size, 'x');
    return size;
  };
  for (const std::size_t size : std::vector<std::size_t>{0, 5, 65537, 300'000}) {
    CAPTURE(size);
    const BlobStore::Blob blob = store.put(BlobStore::first_of(endless, size));
    CHECK(blob.size == size);
    CHECK(blob.digest == store.put_text(std::string(size, 'x')));
  }
}

TEST_CASE("a file that grows while it is read is read to where it was") {
  constexpr off_t at_first = 64 << 20;
  constexpr off_t at_last = 80 << 20;
  const TempDir directory(fs::temp_directory_path());
  const auto grew_while_read = [&] {
    const UniqueFd file = open_file(directory.path() / "log", O_RDWR | O_CREAT | O_TRUNC, 0600);
    REQUIRE(::ftruncate(file.get(), at_first) == 0);
    std::atomic<bool> read = false;
    std::atomic<bool> in_time = false;
    std::thread grows([&] {
      while (::lseek(file.get(), 0, SEEK_CUR) == 0) {  // the reader's place, too
        std::this_thread::yield();
      }
      static_cast<void>(::ftruncate(file.get(), at_last));
      in_time = !read;
    });
    static_cast<void>(sha256_hex_of_fd(file.get(), "log"));
    read = true;
    grows.join();
    CHECK(::lseek(file.get(), 0, SEEK_CUR) == at_first);
    return in_time.load();
  };
  int tries = 0;
  while (!grew_while_read()) {
    REQUIRE(++tries < 20);
  }
}

TEST_CASE("a file that knows no size is read to its end") {
  const TempDir directory(fs::temp_directory_path());
  const BlobStore store(directory.path() / "blobs");
  const std::string path = "/proc/self/environ";
  const std::string content = read_file(path);
  REQUIRE_FALSE(content.empty());
  CHECK(store.put_file(open_file(path, O_RDONLY).get(), path).digest == store.put_text(content));
}

TEST_CASE("small contents are packed into one file, and found there by whoever comes next") {
  const TempDir directory(fs::temp_directory_path());
  std::vector<std::string> digests;
  {
    const BlobStore store = BlobStore::packed(directory.path());
    for (int number = 0; number < 100; ++number) {
      digests.push_back(store.put_text(std::to_string(number) + "\n"));
    }
    digests.push_back(store.put_text(""));
    digests.push_back(store.put_text(std::string(65536, 'x')));
    CHECK(count_entries(directory.path()) == 1);
    digests.push_back(store.put_text(std::string(65537, 'x')));
    CHECK(count_entries(directory.path()) == 2);
  }
  const auto size = fs::file_size(directory.path() / "packed");
  const BlobStore again = BlobStore::packed(directory.path());
  CHECK(std::all_of(digests.begin(), digests.end(), [&](const auto& digest) { return again.has(digest); }));
  CHECK(content_in(again, digests[42]) == "42\n");
  CHECK(content_in(again, digests[100]).empty());
  CHECK(content_in(again, digests[102]).size() == 65537);
  CHECK(again.put_text("42\n") == digests[42]);
  CHECK(fs::file_size(directory.path() / "packed") == size);
  CHECK_FALSE(again.has(std::string(64, '0')));
  CHECK_THROWS_AS(again.open(std::string(64, '0')), Error);
}

// Whoever wrote it was killed.
TEST_CASE("a pack that is cut off anywhere has what is whole, and takes more") {
  const TempDir directory(fs::temp_directory_path());
  std::string first;
  std::string second;
  {
    const BlobStore store = BlobStore::packed(directory.path());
    first = store.put_text("first");
    second = store.put_text("second");
  }
  const std::string whole = read_file(directory.path() / "packed");
  const std::size_t first_ends = whole.find("first") + 5;
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    CAPTURE(length);
    write_file_atomically(directory.path() / "packed", std::string_view(whole).substr(0, length));
    {
      const BlobStore store = BlobStore::packed(directory.path());
      CHECK(store.has(first) == (length >= first_ends));
      CHECK(store.has(second) == (length == whole.size()));
      static_cast<void>(store.put_text("third"));
    }
    const BlobStore store = BlobStore::packed(directory.path());
    CHECK(content_in(store, store.put_text("third")) == "third");
    CHECK((length < first_ends || content_in(store, first) == "first"));
  }
}

}  // namespace agentbox::blob_store_test
