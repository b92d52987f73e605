// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Archives of changes. What is accepted names only paths below the project, each once, in directories; and a record of
// such changes is read back as it was written.
#include "workspace/changes/change_reader.hpp"

#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "core/error.hpp"
#include "core/text.hpp"
#include "support/check.hpp"
#include "workspace/changes/change_store.hpp"

using namespace agentbox;
using fuzz::check;

namespace {

void check_paths(const Proposals& proposals) {
  for (const auto& [path, proposal] : proposals) {
    check(!path.empty() && path.front() != '/' && path.find('\0') == std::string::npos);
    for (const auto& part : split(path, '/')) {
      check(!part.empty() && part != "." && part != ".." && part.size() <= 255);
    }
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const auto parent = proposals.find(path.substr(0, slash));
      check(parent == proposals.end() || parent->second.state.kind == NodeState::Kind::directory);
    }
    check((proposal.state.mode & ~0777U) == 0);
  }
}

ChangeSet as_set(const Proposals& proposals) {
  ChangeSet set{.id = "x", .agent = "run", .project = "/p", .created = {}, .odd = {}, .changes = {}};
  for (const auto& [path, proposal] : proposals) {
    Change change;
    change.path = path;
    change.after = proposal.state;
    set.changes.push_back(change);
  }
  return set;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const std::filesystem::path directory = std::filesystem::temp_directory_path() / ("agentbox-fuzz-" + std::to_string(getpid()));
  const std::string bytes(fuzz::text_of(data, size));
  const BlobStore::Source source = [&, at = std::size_t{0}](char* buffer, std::size_t room) mutable {
    const std::size_t count = std::min(room, bytes.size() - at);
    std::memcpy(buffer, bytes.data() + at, count);
    at += count;
    return count;
  };
  try {
    const Proposals proposals = read_changes(source, BlobStore(directory), {.bytes = 1 << 16, .entries = 64, .depth = 16});
    check_paths(proposals);
    const ChangeSet set = as_set(proposals);
    check(parse_change_set(change_set_text(set)) == set);
    for (const auto& change : set.changes) {
      static_cast<void>(reason_to_hold(change, set.project));
    }
  } catch (const Error&) {
  }
  std::error_code gone;
  std::filesystem::remove_all(directory, gone);
  return 0;
}
