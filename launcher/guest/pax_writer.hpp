// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace agentbox::guest {

/// Writes a pax archive (POSIX.1-2008, pax) to a descriptor. What does not fit a plain header, or is not ASCII, goes into an
/// extended one with hdrcharset=BINARY: names are bytes here. Throws std::system_error.
class PaxWriter {
 public:
  explicit PaxWriter(int fd) : fd_(fd) {}

  void add_empty(const std::string& name) { add_header(name, '0', 0, 0, {}); }
  void add_text(const std::string& name, const std::string& text);
  void add_directory(const std::string& name, mode_t mode) { add_header(name, '5', mode, 0, {}); }
  void add_link(const std::string& name, const std::string& target) { add_header(name, '2', 0777, 0, target); }
  /// From a descriptor; exactly size bytes: a file that became shorter meanwhile is filled up with zeros.
  void add_file(const std::string& name, mode_t mode, int content, std::uint64_t size);
  void finish();

 private:
  void add_header(const std::string& name, char type, mode_t mode, std::uint64_t size, const std::string& target);
  void put(const char* data, std::size_t size);
  void pad(std::uint64_t size);
  void flush();

  int fd_;
  std::string buffer_;
};

}  // namespace agentbox::guest
