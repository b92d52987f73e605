// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/private_pages.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// A fork maps its template's memory privately: a page that the guest has written is an anonymous one of QEMU's, all
// others are still the file's (Linux, Documentation/admin-guide/mm/pagemap.rst).
namespace agentbox {
namespace {

constexpr std::uint64_t page = 4096;  // of all that QEMU emulates here
constexpr std::uint64_t present = 1ULL << 63U;
constexpr std::uint64_t swapped = 1ULL << 62U;
constexpr std::uint64_t of_a_file = 1ULL << 61U;
constexpr std::size_t most_at_once = std::size_t{4} << 20U;

struct Mapping {
  std::uint64_t begin;
  std::uint64_t end;
  std::uint64_t offset;  ///< in the file
};

std::optional<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// A line of /proc/PID/maps: "7f00-7f10 rw-p 00000000 fe:00 123   /ram". By inode: the path is one of another room.
std::optional<Mapping> parse_mapping(const std::string& line, std::uint64_t inode) {
  std::vector<std::string> fields;
  for (const auto& field : split(line, ' ')) {
    if (!field.empty()) {
      fields.push_back(field);
    }
  }
  if (fields.size() < 5 || fields[1].size() != 4 || fields[1][3] != 'p' || number(fields[4], 10) != inode) {
    return std::nullopt;
  }
  const auto dash = fields[0].find('-');
  const auto begin = number(std::string_view(fields[0]).substr(0, dash), 16);
  const auto end = number(std::string_view(fields[0]).substr(std::min(dash, fields[0].size() - 1) + 1), 16);
  const auto offset = number(fields[2], 16);
  return begin && end && offset ? std::optional(Mapping{*begin, *end, *offset}) : std::nullopt;
}

std::vector<Mapping> private_mappings(pid_t process, const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    throw system_error("cannot look at " + escape_untrusted(file.native()));
  }
  std::vector<Mapping> mappings;
  for (const auto& line : split(read_file(fmt::format("/proc/{}/maps", process)), '\n')) {
    if (const auto mapping = parse_mapping(line, status.st_ino)) {
      mappings.push_back(*mapping);
    }
  }
  if (mappings.empty()) {
    throw Error(ErrorKind::backend, "QEMU has no private mapping of its machine's memory");
  }
  return mappings;
}

bool is_private(std::uint64_t entry) {
  return (entry & swapped) != 0 || ((entry & present) != 0 && (entry & of_a_file) == 0);
}

void write_at(int target, const char* data, std::size_t size, std::uint64_t offset) {
  while (size > 0) {
    const ssize_t count = ::pwrite(target, data, size, static_cast<off_t>(offset));
    if (count < 0 && errno != EINTR) {
      throw system_error("cannot write the machine's memory");
    }
    const auto written = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    data += written;
    size -= written;
    offset += written;
  }
}

void read_at(int source, char* data, std::size_t size, std::uint64_t offset) {
  while (size > 0) {
    const ssize_t count = ::pread(source, data, size, static_cast<off_t>(offset));
    if (count == 0 || (count < 0 && errno != EINTR)) {
      throw system_error("cannot read a machine's memory");
    }
    const auto got = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    data += got;
    size -= got;
    offset += got;
  }
}

/// Pages in a row that need the same.
enum class Need { nothing, writing, comparing, taking_back };

class Copier {
 public:
  Copier(pid_t process, int ram, int target, std::vector<bool>& written)
      : process_(process),
        ram_(ram),
        target_(target),
        written_(written),
        pagemap_(open_file(fmt::format("/proc/{}/pagemap", process), O_RDONLY)),
        buffer_(most_at_once),
        before_(most_at_once) {}

  std::uint64_t copy(const Mapping& mapping) {
    std::uint64_t own = 0;
    written_.resize(std::max<std::size_t>(written_.size(), (mapping.offset + mapping.end - mapping.begin) / page));
    std::vector<std::uint64_t> entries(std::size_t{1} << 16U);
    for (std::uint64_t at = mapping.begin; at < mapping.end;) {
      const std::size_t wanted = std::min<std::size_t>(entries.size(), (mapping.end - at) / page);
      const ssize_t bytes = ::pread(pagemap_.get(), entries.data(), wanted * sizeof entries[0],
                                    static_cast<off_t>(at / page * sizeof entries[0]));
      if (bytes <= 0) {
        throw system_error("cannot tell which memory the machine has written");
      }
      const std::size_t count = static_cast<std::size_t>(bytes) / sizeof entries[0];
      const std::size_t first = (mapping.offset + (at - mapping.begin)) / page;
      for (std::size_t i = 0; i < count;) {
        const Need need = need_of(entries[i], first + i);
        std::size_t end = i + 1;
        while (end < count && need_of(entries[end], first + end) == need && (end - i + 1) * page <= most_at_once) {
          ++end;
        }
        own += serve(need, at + i * page, first + i, end - i);
        i = end;
      }
      at += count * page;
    }
    return own;
  }

 private:
  [[nodiscard]] Need need_of(std::uint64_t entry, std::size_t number) const {
    if (is_private(entry)) {
      return written_[number] ? Need::comparing : Need::writing;
    }
    return written_[number] ? Need::taking_back : Need::nothing;
  }

  std::uint64_t serve(Need need, std::uint64_t address, std::size_t number, std::size_t pages) {
    const std::uint64_t size = pages * page;
    const std::uint64_t offset = number * page;
    switch (need) {
      case Need::nothing:
        return 0;
      case Need::taking_back:  // given back to the system, and read from the file again since
        read_at(ram_, buffer_.data(), size, offset);
        write_at(target_, buffer_.data(), size, offset);
        mark(number, pages, false);
        return 0;
      case Need::comparing:
        read_memory(address, size);
        write_differences(size, offset);
        return size;
      case Need::writing:
        break;
    }
    read_memory(address, size);
    write_at(target_, buffer_.data(), size, offset);
    mark(number, pages, true);
    // On its way to the disk at once, so that nobody has to wait for all of it at the end.
    ::sync_file_range(target_, static_cast<off_t>(offset), static_cast<off_t>(size), SYNC_FILE_RANGE_WRITE);
    return size;
  }

  void mark(std::size_t number, std::size_t pages, bool written) {
    for (std::size_t i = number; i < number + pages; ++i) {
      written_[i] = written;
    }
  }

  void read_memory(std::uint64_t address, std::size_t size) {
    const iovec ours{buffer_.data(), size};
    const iovec theirs{reinterpret_cast<void*>(address), size};
    if (::process_vm_readv(process_, &ours, 1, &theirs, 1, 0) != static_cast<ssize_t>(size)) {
      throw system_error("cannot read the machine's memory");
    }
  }

  void write_differences(std::size_t size, std::uint64_t offset) {
    read_at(target_, before_.data(), size, offset);
    const auto differs = [&](std::size_t at) {
      return std::memcmp(buffer_.data() + at, before_.data() + at, page) != 0;
    };
    for (std::size_t at = 0; at < size;) {
      std::size_t end = at;
      while (end < size && differs(end)) {
        end += page;
      }
      write_at(target_, buffer_.data() + at, end - at, offset + at);
      at = std::max<std::size_t>(end, at + page);
    }
  }

  pid_t process_;
  int ram_;
  int target_;
  std::vector<bool>& written_;
  UniqueFd pagemap_;
  std::vector<char> buffer_;
  std::vector<char> before_;
};

}  // namespace

PrivatePages::PrivatePages(pid_t process, std::filesystem::path ram_file)
    : process_(process), ram_file_(std::move(ram_file)) {}

std::uint64_t PrivatePages::write_to(int target) {
  std::uint64_t bytes = 0;
  const UniqueFd ram = open_file(ram_file_, O_RDONLY);
  Copier copier(process_, ram.get(), target, written_);
  for (const auto& mapping : private_mappings(process_, ram_file_)) {
    bytes += copier.copy(mapping);
  }
  return bytes;
}

}  // namespace agentbox
