// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/artifacts/artifact_reader.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "workspace/changes/blob_store.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <memory>
#include <set>

namespace agentbox {
namespace {

using Source = std::function<std::size_t(char*, std::size_t)>;

/// An end of the copying that is no error of ours.
struct Stop {
  std::string why;
};

bool is_clean_name(const std::string& name, std::size_t depth) {
  constexpr std::size_t longest = 4000;
  const auto parts = split(name, '/');
  return !name.empty() && name.size() <= longest && parts.size() <= depth &&
         std::all_of(parts.begin(), parts.end(), [](const auto& part) {
           constexpr std::size_t longest_part = 255;  // NAME_MAX
           return !part.empty() && part != "." && part != ".." && part.size() <= longest_part;
         });
}

struct ArtifactArchiveDeleter {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

class ArtifactArchive {
 public:
  explicit ArtifactArchive(const Source& source) : source_(source), archive_(archive_read_new()) {
    if (!archive_ || archive_read_support_format_tar(archive_.get()) != ARCHIVE_OK ||
        archive_read_support_format_empty(archive_.get()) != ARCHIVE_OK ||
        archive_read_open(archive_.get(), this, nullptr, &ArtifactArchive::more, nullptr) != ARCHIVE_OK) {
      fail();
    }
  }

  /// Null at the end.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(archive_.get(), &entry);
    if (result != ARCHIVE_OK && result != ARCHIVE_EOF && result != ARCHIVE_WARN) {
      fail();
    }
    return result == ARCHIVE_EOF ? nullptr : entry;
  }

  /// Of the present entry, what comes next; empty at its end.
  std::string_view content() {
    const la_ssize_t count = archive_read_data(archive_.get(), content_.data(), content_.size());
    if (count < 0) {
      fail();
    }
    return {content_.data(), static_cast<std::size_t>(count)};
  }

 private:
  // Called by libarchive; no exception may pass through it.
  static la_ssize_t more(archive* handle, void* self, const void** data) {
    auto& reader = *static_cast<ArtifactArchive*>(self);
    try {
      *data = reader.buffer_.data();
      return static_cast<la_ssize_t>(reader.source_(reader.buffer_.data(), reader.buffer_.size()));
    } catch (...) {
      reader.problem_ = std::current_exception();
      archive_set_error(handle, EIO, "reading it failed");
      return ARCHIVE_FATAL;
    }
  }

  [[noreturn]] void fail() {
    if (problem_) {
      std::rethrow_exception(problem_);
    }
    const char* why = archive_ ? archive_error_string(archive_.get()) : nullptr;
    throw Stop{"what the VM sent is no whole archive: " + escape_untrusted(why != nullptr ? why : "it is none", 200)};
  }

  const Source& source_;
  std::unique_ptr<archive, ArtifactArchiveDeleter> archive_;
  std::array<char, 65536> buffer_{};
  std::array<char, 65536> content_{};
  std::exception_ptr problem_;
};

/// The name of a regular file, without "./"; empty for anything else.
std::string file_name(archive_entry* entry, const ArtifactLimits& limits) {
  const char* raw = archive_entry_pathname(entry);
  std::string name = raw != nullptr ? raw : "";
  name = name.substr(name.starts_with("./") ? 2 : 0);
  const bool regular = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
  return regular && is_clean_name(name, limits.depth) ? name : "";
}

Artifact copy_one(ArtifactArchive& archive, const std::string& name, const ArtifactPattern& pattern,
                  const ArtifactDirectory& directory, ArtifactLimits& limits) {
  Artifact artifact{.path = directory.path() / name, .from = pattern.root() + "/" + name, .size = 0, .sha256 = {}};
  directory.put(name, [&](int fd) {
    for (std::string_view part = archive.content(); !part.empty(); part = archive.content()) {
      if (part.size() > limits.bytes) {
        throw Stop{"there is more than agentbox copies; " + escape_untrusted(artifact.from, 400) +
                   " and what comes behind it is left out"};
      }
      limits.bytes -= part.size();
      artifact.size += part.size();
      write_all(fd, part);
    }
    const UniqueFd again = open_file("/proc/self/fd/" + std::to_string(fd), O_RDONLY);
    artifact.sha256 = sha256_hex_of_fd(again.get(), name);
  });
  return artifact;
}

}  // namespace

std::string read_artifacts(const Source& source, const ArtifactPattern& pattern, const ArtifactDirectory& directory,
                           const RefusedName& refused, ArtifactLimits& limits, std::vector<Artifact>& files) {
  std::size_t left_out = 0;
  std::string one_left_out;
  try {
    std::set<std::string> seen;
    ArtifactArchive archive(source);
    while (archive_entry* entry = archive.next()) {
      const std::string name = file_name(entry, limits);
      if (name.empty() || !pattern.matches(name) || !seen.insert(name).second) {
        continue;
      }
      if (refused(name)) {
        if (left_out++ == 0) one_left_out = name;
        continue;
      }
      if (limits.files == 0) {
        throw Stop{"there are more files than agentbox copies; " + escape_untrusted(pattern.root() + "/" + name, 400) +
                   " and what comes behind it is left out"};
      }
      --limits.files;
      files.push_back(copy_one(archive, name, pattern, directory, limits));
    }
  } catch (const Stop& stop) {
    return stop.why;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    return escape_untrusted(error.what(), 1000);
  }
  if (left_out == 0) return {};
  return escape_untrusted(one_left_out, 400) + (left_out > 1 ? fmt::format(" and {} more are", left_out - 1) : " is") +
         " left out: what can run by itself on this machine is no artifact";
}

}  // namespace agentbox
