// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/tar_stream.hpp"

#include "core/text.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <cstdlib>
#include <type_traits>

namespace agentbox {

static_assert(std::is_same_v<la_ssize_t, long>);

void TarStream::Deleter::operator()(archive* handle) const { archive_read_free(handle); }

TarStream::TarStream(const Source& source, Empty empty, Refuse refuse)
    : source_(source), refuse_(refuse), archive_(archive_read_new()) {
  if (!archive_ || archive_read_support_format_tar(archive_.get()) != ARCHIVE_OK ||
      (empty == Empty::taken && archive_read_support_format_empty(archive_.get()) != ARCHIVE_OK) ||
      archive_read_open(archive_.get(), this, nullptr, &TarStream::more, nullptr) != ARCHIVE_OK) {
    fail();
  }
}

archive_entry* TarStream::next(Oddities oddities) {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(archive_.get(), &entry);
  if (result == ARCHIVE_EOF) {
    return nullptr;
  }
  if (result != ARCHIVE_OK && !(result == ARCHIVE_WARN && oddities == Oddities::taken)) {
    fail();
  }
  return entry;
}

std::size_t TarStream::read(char* buffer, std::size_t size) {
  const la_ssize_t count = archive_read_data(archive_.get(), buffer, size);
  if (count < 0) {
    fail();
  }
  return static_cast<std::size_t>(count);
}

// Called by libarchive; no exception may pass through it.
long TarStream::more(archive* handle, void* self, const void** data) {
  auto& stream = *static_cast<TarStream*>(self);
  try {
    *data = stream.buffer_.data();
    return static_cast<la_ssize_t>(stream.source_(stream.buffer_.data(), stream.buffer_.size()));
  } catch (...) {
    stream.problem_ = std::current_exception();
    archive_set_error(handle, EIO, "reading it failed");
    return ARCHIVE_FATAL;
  }
}

void TarStream::fail() {
  if (problem_) {
    std::rethrow_exception(problem_);
  }
  const char* why = archive_ ? archive_error_string(archive_.get()) : nullptr;
  refuse_(escape_untrusted(why != nullptr ? why : "it is no archive", 200));
  std::abort();  // it throws
}

}  // namespace agentbox
