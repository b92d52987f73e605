// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/artifacts.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/run_plan.hpp"
#include "ssh/connection.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// Of an archive: contents, and as much as names and padding of as many files may take.
constexpr std::uint64_t most_artifact_bytes = ArtifactLimits().bytes + ArtifactLimits().files * 4096;

std::vector<fs::path> written_by_vms(const RunPlan& plan) {
  std::vector<fs::path> shared;
  if (!plan.project.empty()) {
    shared.push_back(plan.project);
  }
  for (const auto& mount : plan.directories.mounts) {
    shared.push_back(mount.host);
  }
  return shared;
}

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

ArtifactCollector::ArtifactCollector(const RunPlan& plan) {
  const std::vector<fs::path> shared = written_by_vms(plan);
  for (const auto& rule : plan.artifacts) {
    ArtifactPattern pattern(rule, plan.project);  // before a directory is made for nothing
    places_.push_back({.pattern = std::move(pattern), .directory = ArtifactDirectory(rule.directory, shared)});
  }
}

Artifacts ArtifactCollector::collect(SshConnection& ssh, const fs::path& scratch) const {
  Artifacts artifacts{.asked_for = !places_.empty()};
  ArtifactLimits limits;
  for (const auto& [pattern, directory] : places_) {
    const std::size_t before = artifacts.files.size();
    std::string problem;
    try {
      const UniqueFd archive = receive(ssh, pattern.guest_command(), scratch);
      problem = read_artifacts([&](char* buffer, std::size_t size) { return read_some(archive.get(), buffer, size); },
                               pattern, directory, limits, artifacts.files);
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
