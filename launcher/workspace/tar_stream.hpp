// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>

struct archive;        // libarchive's
struct archive_entry;  // the same

namespace agentbox {

/// A tar archive that a guest has written, read by libarchive member by member, with nothing of it on disk.
class TarStream {
 public:
  using Source = std::function<std::size_t(char* buffer, std::size_t size)>;  ///< as read(2); may throw
  using Refuse = void (*)(const std::string& why);                            ///< throws; why: escaped

  enum class Empty { refused, taken };  ///< what no byte at all is

  /// source must outlive it. What source throws comes out of the calls below as it is; all else is refused.
  TarStream(const Source& source, Empty empty, Refuse refuse);
  TarStream(const TarStream&) = delete;
  TarStream& operator=(const TarStream&) = delete;

  enum class Oddities { refused, taken };  ///< what libarchive only warns of
  /// The next member, valid until the next call; null at the end.
  archive_entry* next(Oddities oddities);
  /// Of the present member's content, what comes next; 0 at its end.
  std::size_t read(char* buffer, std::size_t size);

 private:
  struct Deleter {
    void operator()(archive* handle) const;
  };
  static long more(archive* handle, void* self, const void** data);
  [[noreturn]] void fail();

  const Source& source_;
  Refuse refuse_;
  std::unique_ptr<archive, Deleter> archive_;
  std::array<char, 65536> buffer_{};
  std::exception_ptr problem_;
};

}  // namespace agentbox
