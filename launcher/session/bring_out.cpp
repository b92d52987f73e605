// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/bring_out.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "guard/rules.hpp"
#include "session/guarding.hpp"
#include "sys/files.hpp"
#include "workspace/changes/apply.hpp"
#include "workspace/changes/change_reader.hpp"
#include "workspace/changes/project_index.hpp"
#include "workspace/changes/propose.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// Of the archive: contents and as much again for names.
constexpr ChangeLimits change_limits{};
constexpr std::uint64_t most_archive_bytes = change_limits.bytes + (std::uint64_t{4} << 30U);

// The archive goes to a file first: the guest is read as fast as it writes, and hostile bytes are parsed when its end is known.
void receive_archive(SshConnection& ssh, const fs::path& file) {
  const UniqueFd archive = open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
  std::uint64_t bytes = 0;
  const RemoteOutput result = ssh.run_with_output({.command = "/usr/lib/agentbox/agentbox-guest changes"}, [&](std::string_view part) {
    bytes += part.size();
    if (bytes > most_archive_bytes) {
      throw Error(ErrorKind::backend, "the VM's changes are longer than " + ByteSize(most_archive_bytes).to_string());
    }
    write_all(archive.get(), part);
  });
  if (!result.status.success()) {
    throw Error(ErrorKind::backend, "the VM could not tell its changes: " + escape_untrusted(trim(result.error_output), 400));
  }
}

BlobStore::Source source_of(int fd) {
  return [fd](char* buffer, std::size_t size) {
    const ssize_t count = ::read(fd, buffer, size);
    if (count < 0) {
      throw system_error("cannot read the VM's changes");
    }
    return static_cast<std::size_t>(count);
  };
}

// Enough to see what it is about; `agentbox diff` has all.
std::vector<std::pair<std::string, std::string>> first_of(const ChangeSet& set) {
  constexpr std::size_t most = 1000;
  std::vector<std::pair<std::string, std::string>> files;
  for (std::size_t i = 0; i < set.changes.size() && i < most; ++i) {
    const Change& change = set.changes[i];
    const bool was = change.before.kind != NodeState::Kind::absent;
    const bool is = change.after.kind != NodeState::Kind::absent;
    files.emplace_back(change.path, was && is ? "changed" : is ? "added" : "removed");
  }
  return files;
}

}  // namespace

ChangeStore change_store(const Application& application) { return ChangeStore(application.directories.data / "changes"); }

void recover_and_tell(const Application& application) {
  try {
    for (const auto& id : recover_changes(change_store(application))) {
      application.progress.note("Applying the changes of " + id + " had been cut off; the project is whole again. See agentbox diff " + id + ".");
    }
  } catch (const Error& error) {
    application.progress.note(std::string(error.what()) + (error.hint().empty() ? "" : ": " + error.hint()));
  }
}

fs::path index_in(const fs::path& directory) { return directory / "project.index"; }

std::vector<std::string> note_project(const RunPlan& plan, const fs::path& session_directory) {
  if (!is_reviewed(plan.workspace)) {
    return {};
  }
  if (!plan.index.empty()) {
    write_file_atomically(index_in(session_directory), read_file(plan.index, ByteSize::gibibytes(2)));
    return {};
  }
  const Guard guard(rules_of(plan.project, plan.guard));
  const ProjectIndex index = ProjectIndex::of(
      Beneath(plan.project), [&guard](const std::string& path) { return guard.standing(parts_of(path)) == Standing::hidden; });
  index.save(index_in(session_directory));
  return index.unreadable();
}

SnapshotManifest snapshot_manifest(const RunPlan& plan, const SessionVm& vm, const std::string& name) {
  std::vector<fs::path> chain;
  for (std::size_t layer = 1; layer < vm.disk.size(); ++layer) {
    chain.push_back(vm.disk[layer].path);
  }
  return {.name = name,
          .created = {},
          .agent = plan.label,
          .project = plan.project,
          .workspace = to_string(plan.workspace),
          .base = plan.base,
          .base_build = vm.base.directory,
          .cpus = plan.cpus,
          .memory = plan.memory,
          .policy = plan.policy,
          .guest_user = plan.user,
          .top = vm.disk.front().path.filename(),
          .disk_chain = std::move(chain),
          .template_directory = vm.forked_from ? vm.forked_from->machine.directory : fs::path{}};
}

void note_disk(const RunPlan& plan, const SessionVm& vm, const SessionHandle& session) {
  // What brings another session's changes out has that session's disk to fall back on.
  if (is_reviewed(plan.workspace) && plan.changes_of.empty()) {
    SnapshotManifest manifest = snapshot_manifest(plan, vm, session.record().id);
    manifest.created = session.record().started;
    save_snapshot_manifest(session.directory(), manifest);
  }
}

void keep_index(const fs::path& session_directory, const fs::path& snapshot) {
  if (const auto index = read_file_if_exists(index_in(session_directory), ByteSize::gibibytes(2))) {
    write_file_atomically(index_in(snapshot), *index);
  }
}

ChangeSet bring_out_changes(SshConnection& ssh, const std::string& id, const SessionRecord& record, const fs::path& index,
                            const Application& application) {
  const ChangeSet about{.id = id, .agent = record.agent, .project = record.project, .created = {}, .odd = {}, .changes = {}};
  const ChangeStore store = change_store(application);
  recover_and_tell(application);  // before its sets are looked at
  const auto known = store.known_states(id);
  return store.create(about, [&](ChangeSet& set, const BlobStore& blobs, const fs::path& scratch) {
    const fs::path file = scratch / "archive";
    receive_archive(ssh, file);
    const UniqueFd archive = open_file(file, O_RDONLY);
    const Proposals proposals = read_changes(source_of(archive.get()), blobs, change_limits);
    ::unlink(file.c_str());
    add_changes(proposals, ProjectIndex::load(index), known, Beneath(record.project), blobs, set);
  });
}

BroughtOut save_changes(const RunPlan& plan, SessionVm& vm, SessionHandle& session, const Application& application) {
  if (!is_reviewed(plan.workspace)) {
    return {};
  }
  const std::string id = plan.changes_of.empty() ? session.record().id : plan.changes_of;
  try {
    application.progress.phase("Bringing the changes out");
    const ChangeSet set = bring_out_changes(vm.ssh, id, session.record(), index_in(session.directory()), application);
    if (!set.odd.empty()) {
      application.progress.note(std::to_string(set.odd.size()) + " special files (fifos, sockets, devices) stay behind.");
    }
    if (!set.left_out.empty()) {
      application.progress.note("Left out of review (ignored by git, or filled by package managers): " + describe(set.left_out) +
                                "; with --review-ignored they are reviewed, too.");
    }
    if (!set.too_big.empty()) {
      application.progress.note("Too big (" + ByteSize(change_limits.bytes).to_string() + " in all) or too deep to be brought out: " + describe_paths(set.too_big) + ".");
    }
    if (!set.closed.empty()) {
      application.progress.note("These stay as they are, whatever the session did there, since it could not see what is in them: " +
                                describe_paths(set.closed) + ".");
    }
    ::unlink((session.directory() / unsaved_disk_name).c_str());
    return {.state = BroughtOut::State::stored, .id = set.changes.empty() ? "" : set.id, .count = set.changes.size(), .files = first_of(set)};
  } catch (const Error& error) {
    application.progress.note(std::string(error.what()) + ". The VM's disk is kept, with the changes on it: agentbox diff " + id);
    return {.state = BroughtOut::State::failed, .id = id, .count = 0};
  }
}

void keep_unsaved(SessionVm& vm, SessionHandle& session) {
  vm.machine.quit();
  session.update([](SessionRecord& record) { record.phase = SessionPhase::unsaved; });
}

}  // namespace agentbox
