// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/change_reader.hpp"

#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "workspace/tar_stream.hpp"

namespace agentbox {
namespace {

constexpr std::size_t longest_path = 4095;  // PATH_MAX, with its NUL
constexpr std::size_t longest_name = 255;   // NAME_MAX

// Of members that are nothing but a name.
const std::map<std::string, Proposal::Kind> bare_kinds{
    {"gone", Proposal::Kind::gone}, {"odd", Proposal::Kind::odd}, {"closed", Proposal::Kind::closed}, {"big", Proposal::Kind::big}};

[[noreturn]] void refuse_archive(const std::string& why) {
  throw Error(ErrorKind::backend, "the VM's account of its changes cannot be taken: " + why);
}

bool is_clean(const std::string& path, std::size_t depth) {
  if (path.empty() || path.size() > longest_path || path.find('\0') != std::string::npos) {
    return false;
  }
  const auto parts = split(path, '/');
  return parts.size() <= depth && std::all_of(parts.begin(), parts.end(), [](const auto& part) {
           return !part.empty() && part != "." && part != ".." && part.size() <= longest_name;
         });
}

class ChangeArchive {
 public:
  ChangeArchive(const BlobStore::Source& source, const BlobStore& blobs, const ChangeLimits& limits)
      : blobs_(blobs), limits_(limits), archive_(source, TarStream::Empty::refused, refuse_archive) {}

  Proposals read() {
    while (!ended_) {
      archive_entry* entry = archive_.next(TarStream::Oddities::refused);
      if (entry == nullptr) {
        refuse_archive("it ends early");
      }
      member(entry);
      if (proposals_.size() > limits_.entries) {
        refuse_archive("it holds more than " + std::to_string(limits_.entries) + " files");
      }
    }
    check_parents();
    return std::move(proposals_);
  }

 private:
  void member(archive_entry* entry) {
    const char* raw = archive_entry_pathname(entry);
    const std::string name = raw != nullptr ? raw : "";
    if (archive_entry_hardlink(entry) != nullptr) {
      refuse_archive("it holds a hard link");
    }
    if (name == "end") {
      ended_ = true;
      return;
    }
    const auto slash = name.find('/');
    const std::string kind = name.substr(0, slash);
    std::string path = slash == std::string::npos ? "" : name.substr(slash + 1);
    if (kind == "tree" && archive_entry_filetype(entry) == AE_IFDIR && path.ends_with('/')) {
      path.pop_back();
    }
    if (!is_clean(path, limits_.depth)) {
      refuse_archive("it names \"" + escape_untrusted(name, 200) + "\"");
    }
    if (kind == "tree") {
      tree(path, entry);
    } else if (const auto bare = bare_kinds.find(kind); bare != bare_kinds.end()) {
      add(path).kind = bare->second;
    } else if (kind == "left") {
      Proposal& proposal = add(path);
      proposal.kind = Proposal::Kind::left;
      proposal.files = number();
    } else if (kind == "fresh") {
      fresh(path);
    } else {
      refuse_archive("it names \"" + escape_untrusted(name, 200) + "\"");
    }
  }

  Proposal& add(const std::string& path) {
    const auto [at, added] = proposals_.try_emplace(path);
    if (!added) {
      refuse_archive("it names \"" + escape_untrusted(path, 200) + "\" twice");
    }
    return at->second;
  }

  // Stands right before the directory's own member.
  void fresh(const std::string& path) {
    if (fresh_) {
      refuse_archive("a member is missing");
    }
    fresh_ = path;
  }

  void tree(const std::string& path, archive_entry* entry) {
    Proposal& proposal = add(path);
    NodeState& state = proposal.state;
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR) {
      state.kind = NodeState::Kind::directory;
      state.mode = archive_entry_perm(entry) & 0777U;
    } else if (type == AE_IFLNK) {
      const char* target = archive_entry_symlink(entry);
      state.kind = NodeState::Kind::link;
      state.target = target != nullptr ? target : "";
      if (state.target.empty() || state.target.size() > longest_path) {
        refuse_archive("it holds a link to nowhere");
      }
    } else if (type == AE_IFREG) {
      state.kind = NodeState::Kind::file;
      state.mode = archive_entry_perm(entry) & 0777U;
      content(entry, state);
    } else {
      refuse_archive("it holds something that is neither file, directory nor link");
    }
    if (fresh_) {
      if (*fresh_ != path || state.kind != NodeState::Kind::directory) {
        refuse_archive("a member is missing");
      }
      proposal.below = Proposal::Below::fresh;
      fresh_.reset();
    }
  }

  // The member's content, in decimal.
  std::uint64_t number() {
    constexpr std::size_t most_digits = 15;
    std::array<char, most_digits + 1> digits{};
    std::size_t size = 0;
    while (size < digits.size()) {
      const std::size_t count = archive_.read(digits.data() + size, digits.size() - size);
      if (count == 0) {
        break;
      }
      size += count;
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + size, value);
    if (size > most_digits || error != std::errc{} || end != digits.data() + size) {
      refuse_archive("it counts what is no number");
    }
    return value;
  }

  void content(archive_entry* entry, NodeState& state) {
    if (archive_entry_size(entry) < 0 || static_cast<std::uint64_t>(archive_entry_size(entry)) > limits_.bytes - bytes_) {
      refuse_archive("it is longer than " + ByteSize(limits_.bytes).to_string());
    }
    const auto blob = blobs_.put([this](char* buffer, std::size_t size) {
      const std::size_t count = archive_.read(buffer, size);
      bytes_ += count;
      if (bytes_ > limits_.bytes) {
        refuse_archive("it is longer than " + ByteSize(limits_.bytes).to_string());
      }
      return count;
    });
    state.digest = blob.digest;
    state.size = blob.size;
  }

  void check_parents() const {
    if (fresh_) {
      refuse_archive("a member is missing");
    }
    for (const auto& [path, proposal] : proposals_) {
      for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const auto parent = proposals_.find(path.substr(0, slash));
        if (parent != proposals_.end() &&
            (parent->second.kind != Proposal::Kind::tree || parent->second.state.kind != NodeState::Kind::directory)) {
          refuse_archive("\"" + escape_untrusted(path, 200) + "\" lies in what is no directory");
        }
      }
    }
  }

  const BlobStore& blobs_;
  const ChangeLimits& limits_;
  TarStream archive_;
  Proposals proposals_;
  std::optional<std::string> fresh_;
  std::uint64_t bytes_ = 0;
  bool ended_ = false;
};

}  // namespace

Proposals read_changes(const BlobStore::Source& archive, const BlobStore& blobs, const ChangeLimits& limits) {
  return ChangeArchive(archive, blobs, limits).read();
}

}  // namespace agentbox
