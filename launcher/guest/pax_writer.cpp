// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/pax_writer.hpp"

#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"

#include <tar.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace agentbox::guest {
namespace {

constexpr std::size_t block = 512;
constexpr std::size_t buffered = std::size_t{256} * 1024;
constexpr std::uint64_t largest_plain = 077777777777;  // eleven octal digits

// The layout of a header: offset and length of each field (pax(1), "ustar Header Block").
struct Field {
  std::size_t at;
  std::size_t length;
};
constexpr Field name_field{0, 100};
constexpr Field mode_field{100, 8};
constexpr Field uid_field{108, 8};
constexpr Field gid_field{116, 8};
constexpr Field size_field{124, 12};
constexpr Field time_field{136, 12};
constexpr Field sum_field{148, 8};
constexpr std::size_t type_at = 156;
constexpr Field target_field{157, 100};
constexpr std::size_t magic_at = 257;

using Header = std::array<char, block>;

void put_octal(Header& header, Field field, std::uint64_t value) {
  std::snprintf(header.data() + field.at, field.length, "%0*llo", static_cast<int>(field.length - 1),
                static_cast<unsigned long long>(value));
}

void put_text(Header& header, Field field, const std::string& text) {
  std::memcpy(header.data() + field.at, text.data(), std::min(text.size(), field.length));
}

Header make_header(const std::string& name, char type, mode_t mode, std::uint64_t size, const std::string& target) {
  Header header{};
  put_text(header, name_field, name);
  put_octal(header, mode_field, mode & 07777);
  put_octal(header, uid_field, 0);
  put_octal(header, gid_field, 0);
  put_octal(header, size_field, std::min(size, largest_plain));
  put_octal(header, time_field, 0);
  header[type_at] = type;
  put_text(header, target_field, target);
  std::memcpy(header.data() + magic_at, "ustar\00000", 8);
  std::memset(header.data() + sum_field.at, ' ', sum_field.length);
  unsigned sum = 0;
  for (const char byte : header) {
    sum += static_cast<unsigned char>(byte);
  }
  std::snprintf(header.data() + sum_field.at, sum_field.length, "%06o", sum);
  return header;
}

// "LENGTH KEY=VALUE\n", where LENGTH counts itself.
std::string pax_record(const std::string& key, const std::string& value) {
  const std::size_t rest = 1 + key.size() + 1 + value.size() + 1;
  std::size_t length = rest;
  while (length != rest + std::to_string(length).size()) {
    length = rest + std::to_string(length).size();
  }
  return std::to_string(length) + " " + key + "=" + value + "\n";
}

bool is_plain(const std::string& text, Field field) {
  return text.size() < field.length &&
         std::all_of(text.begin(), text.end(), [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

}  // namespace

void PaxWriter::add_header(const std::string& name, char type, mode_t mode, std::uint64_t size, const std::string& target) {
  if (!is_plain(name, name_field) || !is_plain(target, target_field) || size > largest_plain) {
    std::string records = pax_record("hdrcharset", "BINARY") + pax_record("path", name);
    if (!target.empty()) {
      records += pax_record("linkpath", target);
    }
    if (size > largest_plain) {
      records += pax_record("size", std::to_string(size));
    }
    const Header extended = make_header("pax", 'x', 0644, records.size(), {});
    put(extended.data(), extended.size());
    put(records.data(), records.size());
    pad(records.size());
  }
  const Header header = make_header(name, type, mode, size, target);
  put(header.data(), header.size());
}

void PaxWriter::add_text(const std::string& name, const std::string& text) {
  add_header(name, '0', 0, text.size(), {});
  put(text.data(), text.size());
  pad(text.size());
}

void PaxWriter::add_file(const std::string& name, mode_t mode, int content, std::uint64_t size) {
  add_header(name, '0', mode, size, {});
  std::array<char, 65536> part;  // not cleared: most files are much smaller
  for (std::uint64_t left = size; left > 0;) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, part.size()));
    const ssize_t count = read(content, part.data(), wanted);
    if (count < 0) {
      fail("cannot read " + name);
    }
    const std::size_t got = count == 0 ? wanted : static_cast<std::size_t>(count);
    if (count == 0) {
      part.fill('\0');
    }
    put(part.data(), got);
    left -= got;
  }
  pad(size);
}

void PaxWriter::finish() {
  const std::array<char, 2 * block> zeros{};
  put(zeros.data(), zeros.size());
  flush();
}

void PaxWriter::put(const char* data, std::size_t size) {
  buffer_.append(data, size);
  if (buffer_.size() >= buffered) {
    flush();
  }
}

void PaxWriter::pad(std::uint64_t size) {
  static const Header zeros{};
  put(zeros.data(), static_cast<std::size_t>((block - size % block) % block));
}

void PaxWriter::flush() {
  write_all(fd_, buffer_.data(), buffer_.size(), "the changes");
  buffer_.clear();
}

}  // namespace agentbox::guest
