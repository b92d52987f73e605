// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/blob_pack.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "core/error.hpp"
#include "sys/files.hpp"

// One after the other: the digest, a blank, the size in 16 decimal digits, a newline, the content.

namespace agentbox {
namespace {

constexpr std::size_t digest_length = 64;
constexpr std::size_t size_digits = 16;
constexpr std::size_t head_length = digest_length + 1 + size_digits + 1;

std::string head_of(const std::string& digest, std::size_t size) {
  const std::string number = std::to_string(size);
  return digest + " " + std::string(size_digits - number.size(), '0') + number + "\n";
}

}  // namespace

BlobPack::BlobPack(const std::filesystem::path& file) : name_(file), file_(open_file(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0600)) {
  find_places();
  if (::ftruncate(file_.get(), static_cast<off_t>(end_)) != 0 || ::lseek(file_.get(), 0, SEEK_END) < 0) {
    throw system_error("cannot write " + name_.string());
  }
}

void BlobPack::find_places() {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) {
    throw system_error("cannot look at " + name_.string());
  }
  const auto length = static_cast<std::uint64_t>(status.st_size);
  std::array<char, head_length> head{};
  while (length - end_ >= head_length && ::pread(file_.get(), head.data(), head.size(), static_cast<off_t>(end_)) == ssize_t{head_length}) {
    const char* digits = head.data() + digest_length + 1;
    std::uint64_t size = 0;
    const auto [rest, error] = std::from_chars(digits, digits + size_digits, size);
    const std::uint64_t at = end_ + head_length;
    if (error != std::errc{} || rest != digits + size_digits || size > length - at) {
      return;
    }
    places_[std::string(head.data(), digest_length)] = {.at = at, .size = size};
    end_ = at + size;
  }
}

void BlobPack::add(const std::string& digest, std::string_view content) {
  if (has(digest)) {
    return;
  }
  // In one write where it can be: a full disk leaves no head without its content to be read as another's.
  std::string record = head_of(digest, content.size());
  record += content;
  try {
    write_all(file_.get(), record);
  } catch (...) {
    static_cast<void>(::ftruncate(file_.get(), static_cast<off_t>(end_)) == 0 && ::lseek(file_.get(), 0, SEEK_END) >= 0);
    throw;
  }
  places_[digest] = {.at = end_ + head_length, .size = content.size()};
  end_ += record.size();
}

UniqueFd BlobPack::open(const std::string& digest) const {
  const auto found = places_.find(digest);
  if (found == places_.end()) {
    throw Error(ErrorKind::environment, name_.string() + " lacks the content " + digest);
  }
  std::string content(found->second.size, '\0');
  if (::pread(file_.get(), content.data(), content.size(), static_cast<off_t>(found->second.at)) != static_cast<ssize_t>(content.size())) {
    throw system_error("cannot read " + name_.string());
  }
  UniqueFd copy(::memfd_create("content", MFD_CLOEXEC));
  if (!copy) {
    throw system_error("cannot hold the content " + digest);
  }
  write_all(copy.get(), content);
  if (::lseek(copy.get(), 0, SEEK_SET) != 0) {
    throw system_error("cannot read the content " + digest);
  }
  return copy;
}

}  // namespace agentbox
