// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/patch.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

using Kind = NodeState::Kind;

constexpr ByteSize longest_text = ByteSize::mebibytes(32);
constexpr ByteSize longest_binary = ByteSize::mebibytes(256);

bool is_shown(const NodeState& state) { return state.kind == Kind::file || state.kind == Kind::link; }

std::string git_mode(const NodeState& state) {
  return state.kind == Kind::link ? "120000" : ((state.mode & 0100U) != 0 ? "100755" : "100644");
}

std::string content_of(const NodeState& state, const BlobStore& blobs) {
  if (state.kind == Kind::link) {
    return state.target;
  }
  return state.kind == Kind::file ? read_to_end(blobs.open(state.digest).get(), state.digest, longest_binary) : std::string();
}

// git's name of a file: SHA-1 of "blob SIZE" NUL content.
std::string git_name(const NodeState& state, const std::string& content) {
  if (!is_shown(state)) {
    return std::string(40, '0');
  }
  const std::string object = "blob " + std::to_string(content.size()) + '\0' + content;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(object.data(), object.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw Error(ErrorKind::internal, "OpenSSL failed to compute a digest");
  }
  return to_hex(std::span(digest).first(size));
}

// As git judges it: a NUL among the first 8000 bytes.
bool is_binary(const std::string& content) {
  return content.size() > longest_text.bytes() || std::string_view(content).substr(0, 8000).find('\0') != std::string_view::npos;
}

std::string deflate_text(const std::string& content) {
  uLongf size = compressBound(content.size());
  std::string packed(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(content.data()), content.size(), Z_BEST_SPEED) != Z_OK) {
    throw Error(ErrorKind::internal, "zlib failed to compress");
  }
  packed.resize(size);
  return packed;
}

// git's base 85 (git, base85.c's alphabet): 4 bytes are 5 characters; a line holds up to 52 bytes, their count first as a letter.
std::string binary_literal(const std::string& content) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
  constexpr std::size_t line_bytes = 52;
  const std::string packed = deflate_text(content);
  std::string text = "literal " + std::to_string(content.size()) + "\n";
  for (std::size_t at = 0; at < packed.size(); at += line_bytes) {
    const std::size_t count = std::min(line_bytes, packed.size() - at);
    text += static_cast<char>(count <= 26 ? 'A' + count - 1 : 'a' + count - 27);
    for (std::size_t group = 0; group < count; group += 4) {
      std::uint32_t value = 0;
      for (std::size_t byte = 0; byte < 4; ++byte) {
        value = value << 8U | (group + byte < count ? static_cast<unsigned char>(packed[at + group + byte]) : 0U);
      }
      std::array<char, 5> digits{};
      for (std::size_t digit = digits.size(); digit-- > 0; value /= 85) {
        digits[digit] = alphabet[value % 85];
      }
      text.append(digits.data(), digits.size());
    }
    text += "\n";
  }
  return text + "\n";
}

std::string file_text(PatchFile& file, const std::string& before, const std::string& after) {
  const bool had = is_shown(file.before);
  const bool has = is_shown(file.after);
  const std::string old_name = quote_for_patch("a/" + file.old_path);
  const std::string new_name = quote_for_patch("b/" + file.path);
  std::string text = "diff --git " + old_name + " " + new_name + "\n";
  if (!had) {
    text += "new file mode " + git_mode(file.after) + "\n";
  } else if (!has) {
    text += "deleted file mode " + git_mode(file.before) + "\n";
  } else if (git_mode(file.before) != git_mode(file.after)) {
    text += "old mode " + git_mode(file.before) + "\nnew mode " + git_mode(file.after) + "\n";
  }
  if (file.path != file.old_path) {
    text += "similarity index 100%\nrename from " + quote_for_patch(file.old_path) + "\nrename to " + quote_for_patch(file.path) + "\n";
    return text;
  }
  if (before == after && had == has) {
    return text;  // a mode alone
  }
  text += "index " + git_name(file.before, before) + ".." + git_name(file.after, after) +
          (had && has && git_mode(file.before) == git_mode(file.after) ? " " + git_mode(file.after) : "") + "\n";
  if (is_binary(before) || is_binary(after)) {
    file.binary = true;
    return text + "GIT binary patch\n" + binary_literal(after) + binary_literal(before);
  }
  TextDiff diff = diff_texts(before, after);
  file.counts = diff.counts;
  if (!diff.hunks.empty()) {
    text += "--- " + (had ? old_name : "/dev/null") + "\n+++ " + (has ? new_name : "/dev/null") + "\n" + diff.hunks;
  }
  return text;
}

// A link that becomes a file, or the other way round, is one deletion and one new file (git-diff(1)).
void add_file(PatchFile file, const BlobStore& blobs, std::vector<PatchFile>& files) {
  if (is_shown(file.before) && is_shown(file.after) && file.before.kind != file.after.kind) {
    PatchFile gone = file;
    gone.after = {};
    file.before = {};
    add_file(std::move(gone), blobs, files);
  }
  if (std::max(file.before.size, file.after.size) > longest_binary.bytes()) {
    file.binary = true;
    file.text = "diff --git " + quote_for_patch("a/" + file.old_path) + " " + quote_for_patch("b/" + file.path) + "\nBinary files differ\n";
  } else {
    const std::string before = content_of(file.before, blobs);
    const std::string after = content_of(file.after, blobs);
    file.text = file_text(file, before, after);
  }
  files.push_back(std::move(file));
}

}  // namespace

std::string quote_for_patch(const std::string& name) {
  std::string quoted;
  bool plain = true;
  for (const char character : name) {
    const auto byte = static_cast<unsigned char>(character);
    constexpr std::string_view named = "\a\b\t\n\v\f\r\"\\";
    constexpr std::string_view letters = "abtnvfr\"\\";
    if (const auto at = named.find(character); at != std::string_view::npos) {
      (quoted += '\\') += letters[at];
      plain = false;
    } else if (byte < 0x20 || byte >= 0x7f) {
      quoted += fmt::format("\\{:03o}", byte);
      plain = false;
    } else {
      quoted += character;
    }
  }
  return plain ? name : "\"" + quoted + "\"";
}

std::vector<PatchFile> make_patch(const std::vector<Change>& changes, const BlobStore& blobs) {
  std::multimap<std::string, const Change*> gone;
  for (const auto& change : changes) {
    if (change.before.kind == Kind::file && change.after.kind == Kind::absent && change.before.size > 0) {
      gone.emplace(change.before.digest, &change);
    }
  }
  std::map<const Change*, const Change*> renamed;  // the one that came, the one that went
  std::vector<const Change*> moved_away;
  for (const auto& change : changes) {
    if (change.before.kind == Kind::absent && change.after.kind == Kind::file) {
      if (const auto found = gone.find(change.after.digest); found != gone.end()) {
        renamed[&change] = found->second;
        moved_away.push_back(found->second);
        gone.erase(found);
      }
    }
  }
  std::vector<PatchFile> files;
  for (const auto& change : changes) {
    if (std::find(moved_away.begin(), moved_away.end(), &change) != moved_away.end() || (!is_shown(change.before) && !is_shown(change.after))) {
      continue;
    }
    const auto from = renamed.find(&change);
    const Change& old = from == renamed.end() ? change : *from->second;
    PatchFile file;
    file.path = change.path;
    file.old_path = old.path;
    file.before = old.before;
    file.after = change.after;
    add_file(std::move(file), blobs, files);
  }
  return files;
}

std::string patch_stat(const std::vector<PatchFile>& files) {
  constexpr std::size_t widest_graph = 40;
  std::size_t width = 0;
  std::size_t most = 1;
  std::vector<std::string> names;
  LineCounts sum;
  for (const auto& file : files) {
    names.push_back(file.path == file.old_path ? quote_for_patch(file.path) : quote_for_patch(file.old_path) + " => " + quote_for_patch(file.path));
    width = std::max(width, names.back().size());
    most = std::max(most, file.counts.added + file.counts.removed);
    sum.added += file.counts.added;
    sum.removed += file.counts.removed;
  }
  std::string text;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& [added, removed] = files[i].counts;
    const std::size_t shrink = most > widest_graph ? most : 0;
    const auto bar = [&](std::size_t count) { return shrink == 0 ? count : (count * widest_graph + shrink - 1) / shrink; };
    text += fmt::format(" {:<{}} | {}\n", names[i], width,
                        files[i].binary ? "binary" : fmt::format("{} {}{}", added + removed, std::string(bar(added), '+'), std::string(bar(removed), '-')));
  }
  return text + fmt::format(" {} file{} changed, {} insertion{}(+), {} deletion{}(-)\n", files.size(), files.size() == 1 ? "" : "s", sum.added,
                            sum.added == 1 ? "" : "s", sum.removed, sum.removed == 1 ? "" : "s");
}

}  // namespace agentbox
