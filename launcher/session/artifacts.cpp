// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/artifacts.hpp"

#include "core/error.hpp"
#include "core/path_pattern.hpp"
#include "core/text.hpp"
#include "guard/self_running.hpp"
#include "session/run_plan.hpp"
#include "session/shared_directories.hpp"
#include "ssh/connection.hpp"
#include "store/session_store.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// Of an archive: contents, and as much as names and padding of as many files may take.
constexpr std::uint64_t most_artifact_bytes = ArtifactLimits().bytes + ArtifactLimits().files * 4096;

/// This session's, and what others that run have.
std::vector<fs::path> written_by_vms(const RunPlan& plan, const std::vector<ListedSession>& sessions) {
  std::vector<fs::path> shared;
  if (!plan.project.empty()) {
    shared.push_back(plan.project);
  }
  for (const std::string& directory : writable_directories(plan)) {
    shared.emplace_back(directory);
  }
  for (const auto& mount : plan.directories.mounts) {
    shared.push_back(mount.host);
  }
  for (const auto& other : sessions) {
    if (other.live) shared.insert(shared.end(), other.record.writable.begin(), other.record.writable.end());
  }
  return shared;
}

bool is_below(const fs::path& path, const fs::path& directory) {
  const auto relative = path.lexically_relative(directory);
  return !relative.empty() && *relative.begin() != "..";
}

class RunsByItself {
 public:
  RunsByItself(const RunPlan& plan, const fs::path& directory) : guard_(plan.guard), defaults_(default_guard_rules()) {
    if (plan.project.empty()) return;
    near_project_ = is_below(directory, plan.project) || is_below(plan.project, directory);
    if (is_below(directory, plan.project)) prefix_ = directory.lexically_relative(plan.project);
  }
  bool operator()(const std::string& name) const {
    const std::string path = (prefix_ / name).lexically_normal().native();
    const PathParts parts = parts_of(path);
    const auto is_git = [](std::string_view part) { return same_name(part, ".git"); };
    return std::any_of(parts.begin(), parts.end(), is_git) || guard_.standing(parts) == Standing::guarded ||
           defaults_.standing(parts) == Standing::guarded || (near_project_ && runs_by_itself(parts));
  }

 private:
  Guard guard_;
  Guard defaults_;
  bool near_project_ = false;
  fs::path prefix_;
};

// It goes to a file without a name first: the guest is read as fast as it writes, and hostile bytes are parsed when
// their end is known.
UniqueFd receive(SshConnection& ssh, const std::string& command, const fs::path& scratch) {
  const fs::path file = scratch / "artifacts.tar";
  UniqueFd archive = open_file(file, O_RDWR | O_CREAT | O_EXCL, 0600);
  ::unlink(file.c_str());
  std::uint64_t bytes = 0;
  ssh.run_with_output({.command = command}, [&](std::string_view part) {
    bytes += part.size();
    if (bytes > most_artifact_bytes) {
      throw Error(ErrorKind::backend,
                  "the files are more than " + ByteSize(most_artifact_bytes).to_string() + ", and none was copied");
    }
    write_all(archive.get(), part);
  });
  if (::lseek(archive.get(), 0, SEEK_SET) != 0) {
    throw system_error("cannot read the VM's files again");
  }
  return archive;
}

std::size_t read_some(int fd, char* buffer, std::size_t size) {
  const ssize_t count = ::read(fd, buffer, size);
  if (count < 0) {
    throw system_error("cannot read the VM's files");
  }
  return static_cast<std::size_t>(count);
}

}  // namespace

RefusedName refused_artifacts(const RunPlan& plan, const fs::path& directory) { return RunsByItself(plan, directory); }

ArtifactCollector::ArtifactCollector(const RunPlan& plan, const std::vector<ListedSession>& sessions) {
  const std::vector<fs::path> shared = written_by_vms(plan, sessions);
  for (const auto& rule : plan.artifacts) {
    ArtifactPattern pattern(rule, plan.project);  // before a directory is made for nothing
    ArtifactDirectory directory(rule.directory, shared);
    RefusedName refused = refused_artifacts(plan, directory.path());
    places_.push_back({.pattern = std::move(pattern), .directory = std::move(directory), .refused = std::move(refused)});
  }
}

Artifacts ArtifactCollector::collect(SshConnection& ssh, const fs::path& scratch) const {
  Artifacts artifacts{.asked_for = !places_.empty()};
  ArtifactLimits limits;
  for (const auto& [pattern, directory, refused] : places_) {
    const std::size_t before = artifacts.files.size();
    std::string problem;
    try {
      const UniqueFd archive = receive(ssh, pattern.guest_command(), scratch);
      problem = read_artifacts([&](char* buffer, std::size_t size) { return read_some(archive.get(), buffer, size); },
                               pattern, directory, refused, limits, artifacts.files);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      problem = escape_untrusted(error.what(), 1000);
    }
    if (problem.empty() && artifacts.files.size() == before) {
      problem = "nothing in " + escape_untrusted(pattern.root(), 1000) + " of the VM matches";
    }
    if (!problem.empty()) {
      artifacts.problems.push_back("artifacts for " + escape_untrusted(directory.path().native(), 1000) + ": " +
                                   problem);
    }
  }
  return artifacts;
}

Artifacts ArtifactCollector::missed(const std::string& why) const {
  Artifacts artifacts{.asked_for = !places_.empty()};
  if (artifacts.asked_for) {
    artifacts.problems.push_back("no artifacts were copied: " + why);
  }
  return artifacts;
}

}  // namespace agentbox
