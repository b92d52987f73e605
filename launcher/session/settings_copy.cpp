// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/settings_copy.hpp"

#include "core/error.hpp"
#include "core/secret_shape.hpp"
#include "core/text.hpp"
#include "guard/listing.hpp"
#include "guard/rules.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

bool is_dead_weight(const std::string& name) {
  constexpr std::array names{".git", "node_modules", "__pycache__", ".venv", ".DS_Store"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_hidden(const std::string& path) {
  static const Guard guard([] {
    GuardRules rules = default_guard_rules();
    // What programs of a project need for its tests is needed by no settings.
    std::erase_if(rules.hidden, [](const std::string& pattern) { return pattern.starts_with('!'); });
    return rules;
  }());
  return guard.standing(parts_of(path)) == Standing::hidden;
}

}  // namespace

void SettingsCopy::leave_out(const From& from, const std::string& path, const std::string& reason) {
  left_out_.push_back(from.prefix + escape_untrusted(path, 200) + " (" + reason + ")");
}

void SettingsCopy::copy(const SettingsPlace& place, StatePath::Kind kind, const fs::path& target) {
  const From from{.top = Beneath(place.top), .prefix = place.prefix};
  if (kind == StatePath::Kind::directory) {
    copy_directory(from, place.path, target, 0);
  } else {
    copy_file(from, place.path, target);
  }
}

void SettingsCopy::copy_directory(const From& from, const std::string& path, const fs::path& target, std::size_t depth) {
  make_directories(target, 0755);
  if (depth == limits_.depth) {
    leave_out(from, path, "too deep");
    return;
  }
  if (!from.top.open(path, O_RDONLY | O_DIRECTORY)) {
    leave_out(from, path, "it cannot be read");
    return;
  }
  for (const auto& [name, type] : list_directory(from.top, path)) {
    const std::string inner = path + "/" + name;
    if (is_dead_weight(name)) {
      continue;
    }
    if (++entries_ > limits_.entries) {
      if (entries_ == limits_.entries + 1) {
        leave_out(from, inner, "and all that comes after it: there are too many files");
      }
      return;
    }
    if (is_hidden(inner)) {
      leave_out(from, inner, "a secret, by its name");
    } else if (type == DirectoryEntry::Type::directory) {
      copy_directory(from, inner, target / name, depth + 1);
    } else if (type == DirectoryEntry::Type::file) {
      copy_file(from, inner, target / name);
    } else {
      leave_out(from, inner, type == DirectoryEntry::Type::link ? "a link" : "no plain file");
    }
  }
}

void SettingsCopy::copy_file(const From& from, const std::string& path, const fs::path& target) {
  struct stat status {};
  const UniqueFd file = from.top.open(path, O_RDONLY);
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    leave_out(from, path, "it cannot be read as a plain file");
    return;
  }
  const std::uint64_t limit = std::min(limits_.file.bytes(), limits_.all.bytes() - bytes_);
  if (static_cast<std::uint64_t>(status.st_size) > limit) {
    leave_out(from, path, "too big");
    return;
  }
  std::string content;
  try {
    content = read_to_end(file.get(), path, ByteSize(limit));
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    // It may have been growing: more than the limit is an error, and not a copy without end.
    const bool grew = static_cast<std::uint64_t>(::lseek(file.get(), 0, SEEK_CUR)) > limit;
    leave_out(from, path, grew ? "too big" : "it cannot be read");
    return;
  }
  if (holds_secret_shape(content)) {
    leave_out(from, path, "it holds what looks like a key");
    return;
  }
  bytes_ += content.size();
  const unsigned mode = (status.st_mode & S_IXUSR) != 0 ? 0555 : 0444;
  const UniqueFd copy = open_file(target, O_WRONLY | O_CREAT | O_EXCL, mode);
  write_all(copy.get(), content);
}

}  // namespace agentbox
