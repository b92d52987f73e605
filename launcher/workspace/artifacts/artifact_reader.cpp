// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/artifacts/artifact_reader.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "workspace/changes/blob_store.hpp"
#include "workspace/tar_stream.hpp"

#include <archive_entry.h>

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace agentbox {
namespace {

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

[[noreturn]] void stop_at(const std::string& why) { throw Stop{"what the VM sent is no whole archive: " + why}; }

/// The name of a regular file, without "./"; empty for anything else.
std::string file_name(archive_entry* entry, const ArtifactLimits& limits) {
  const char* raw = archive_entry_pathname(entry);
  std::string name = raw != nullptr ? raw : "";
  name = name.substr(name.starts_with("./") ? 2 : 0);
  const bool regular = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
  return regular && is_clean_name(name, limits.depth) ? name : "";
}

Artifact copy_one(TarStream& archive, const std::string& name, const ArtifactPattern& pattern,
                  const ArtifactDirectory& directory, ArtifactLimits& limits) {
  Artifact artifact{.path = directory.path() / name, .from = pattern.root() + "/" + name, .size = 0, .sha256 = {}};
  directory.put(name, [&](int fd) {
    std::array<char, 65536> buffer;
    while (const std::size_t count = archive.read(buffer.data(), buffer.size())) {
      const std::string_view part(buffer.data(), count);
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

std::string read_artifacts(const TarStream::Source& source, const ArtifactPattern& pattern, const ArtifactDirectory& directory,
                           const RefusedName& refused, ArtifactLimits& limits, std::vector<Artifact>& files) {
  std::size_t left_out = 0;
  std::string one_left_out;
  try {
    std::set<std::string> seen;
    TarStream archive(source, TarStream::Empty::taken, stop_at);
    while (archive_entry* entry = archive.next(TarStream::Oddities::taken)) {
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
