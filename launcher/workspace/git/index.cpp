// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/index.hpp"

#include <cctype>
#include <cstdint>
#include <set>

namespace agentbox {
namespace {

constexpr std::size_t stat_bytes = 40;  // of an entry, before its hash
constexpr std::uint16_t extended_flag = 0x4000;
constexpr std::uint16_t name_length_mask = 0x0fff;

struct Damaged {};

/// Big-endian numbers and names, within bounds.
class IndexReader {
 public:
  explicit IndexReader(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      throw Damaged{};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const char byte : take(bytes)) {
      value = value << 8U | static_cast<unsigned char>(byte);
    }
    return value;
  }
  /// As git counts offsets in packs (varint.c).
  std::uint64_t offset() {
    auto byte = number(1);
    std::uint64_t value = byte & 0x7fU;
    while ((byte & 0x80U) != 0) {
      if (value > UINT32_MAX) {
        throw Damaged{};
      }
      byte = number(1);
      value = ((value + 1) << 7U) + (byte & 0x7fU);
    }
    return value;
  }
  std::string_view name() {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) {
      throw Damaged{};
    }
    const std::string_view text = take(end);
    take(1);
    return text;
  }
  [[nodiscard]] std::size_t at() const { return size_ - rest_.size(); }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
  std::size_t size_;
};

/// The name of the next entry; of version 4 it continues the one before.
std::string next_name(IndexReader& reader, std::uint32_t version, std::size_t hash_bytes, const std::string& before) {
  const std::size_t start = reader.at();
  reader.take(stat_bytes + hash_bytes);
  const auto flags = static_cast<std::uint16_t>(reader.number(2));
  if ((flags & extended_flag) != 0) {
    if (version == 2) {
      throw Damaged{};
    }
    reader.take(2);
  }
  if (version == 4) {
    const auto strip = reader.offset();
    if (strip > before.size()) {
      throw Damaged{};
    }
    return before.substr(0, before.size() - strip) + std::string(reader.name());
  }
  std::string name(reader.name());
  if (name.size() < name_length_mask && name.size() != (flags & name_length_mask)) {
    throw Damaged{};
  }
  // Filled up with one to eight NULs, of which name() took one.
  const std::size_t length = reader.at() - 1 - start;
  reader.take(8 - length % 8 - 1);
  return name;
}

/// An extension that must be understood begins with a small letter. "sdir" only says that entries may be directories.
void check_extensions(IndexReader& reader, std::size_t hash_bytes) {
  while (reader.left() > hash_bytes) {
    const std::string_view signature = reader.take(4);
    if (std::islower(static_cast<unsigned char>(signature.front())) != 0 && signature != "sdir") {
      throw Damaged{};
    }
    reader.take(reader.number(4));
  }
}

}  // namespace

std::optional<std::vector<std::string>> tracked_directories(std::string_view index, std::size_t hash_bytes,
                                                            const std::vector<std::string>& directories) {
  try {
    IndexReader reader(index);
    const std::set<std::string_view> asked(directories.begin(), directories.end());
    std::set<std::string_view> found;
    const auto note = [&](std::string_view path) {
      if (const auto at = asked.find(path); at != asked.end()) {
        found.insert(*at);
      }
    };
    if (reader.take(4) != "DIRC") {
      return std::nullopt;
    }
    const std::uint32_t version = reader.number(4);
    if (version < 2 || version > 4) {
      return std::nullopt;
    }
    std::string name;
    for (std::uint32_t count = reader.number(4); count > 0; --count) {
      name = next_name(reader, version, hash_bytes, name);
      const std::string_view whole = name;
      for (auto slash = whole.find('/'); slash != std::string_view::npos; slash = whole.find('/', slash + 1)) {
        note(whole.substr(0, slash));
      }
      note(whole);  // a submodule
    }
    check_extensions(reader, hash_bytes);
    return std::vector<std::string>(found.begin(), found.end());
  } catch (const Damaged&) {
    return std::nullopt;
  }
}

}  // namespace agentbox
