// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/patch.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <span>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

using Kind = NodeState::Kind;

constexpr ByteSize longest_text = ByteSize::mebibytes(32);
constexpr ByteSize longest_binary = ByteSize::mebibytes(256);

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
  if (!has_place_in_patch(state)) {
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

bool is_renaming(const PatchFile& file) { return file.path != file.old_path; }

std::string index_line(const PatchFile& file, const std::string& before, const std::string& after) {
  const bool same_mode = has_place_in_patch(file.before) && has_place_in_patch(file.after) && git_mode(file.before) == git_mode(file.after);
  return "index " + git_name(file.before, before) + ".." + git_name(file.after, after) + (same_mode ? " " + git_mode(file.after) : "") + "\n";
}

void write_header(PatchFile& file) {
  file.header = "diff --git " + quote_for_patch("a/" + file.old_path) + " " + quote_for_patch("b/" + file.path) + "\n";
  if (!has_place_in_patch(file.before)) {
    file.header += "new file mode " + git_mode(file.after) + "\n";
  } else if (!has_place_in_patch(file.after)) {
    file.header += "deleted file mode " + git_mode(file.before) + "\n";
  } else if (git_mode(file.before) != git_mode(file.after)) {
    file.header += "old mode " + git_mode(file.before) + "\nnew mode " + git_mode(file.after) + "\n";
  }
  if (is_renaming(file)) {
    file.header += fmt::format("similarity index {}%\nrename from {}\nrename to {}\n", file.similarity, quote_for_patch(file.old_path),
                               quote_for_patch(file.path));
  }
}

void write_content(PatchFile& file, const std::string& before, const std::string& after, BinaryForm form) {
  const bool had = has_place_in_patch(file.before);
  const bool has = has_place_in_patch(file.after);
  if (before == after && had == has) {
    return;  // a mode or a name alone
  }
  const std::string old_name = had ? quote_for_patch("a/" + file.old_path) : "/dev/null";
  const std::string new_name = has ? quote_for_patch("b/" + file.path) : "/dev/null";
  file.header += index_line(file, before, after);
  if (is_binary(before) || is_binary(after)) {
    file.content = PatchFile::Content::binary;
    file.body = form == BinaryForm::literal ? "GIT binary patch\n" + binary_literal(after) + binary_literal(before)
                                            : "Binary files " + old_name + " and " + new_name + " differ\n";
    return;
  }
  TextDiff diff = diff_texts(before, after);
  file.counts = diff.counts;
  if (!diff.hunks.empty()) {
    file.header += "--- " + old_name + "\n+++ " + new_name + "\n";
    file.body = std::move(diff.hunks);
  }
}

void use_file(PatchFile file, const BlobStore& blobs, BinaryForm form, const std::function<void(PatchFile)>& use) {
  write_header(file);
  if (std::max(file.before.size, file.after.size) > longest_binary.bytes()) {
    file.content = PatchFile::Content::binary;
    file.body = "Binary files differ\n";
  } else {
    write_content(file, content_of(file.before, blobs), content_of(file.after, blobs), form);
  }
  use(std::move(file));
}

std::string stat_name(const PatchFile& file) {
  return is_renaming(file) ? quote_for_patch(file.old_path) + " => " + quote_for_patch(file.path) : quote_for_patch(file.path);
}

std::string stat_binary(const PatchFile& file) { return fmt::format("Bin {} -> {} bytes", file.before.size, file.after.size); }

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

// A link that becomes a file, or the other way round, is one deletion and one new file (git-diff(1)).
void for_each_patch_of(const FilePair& pair, const BlobStore& blobs, BinaryForm form, const std::function<void(PatchFile)>& use) {
  PatchFile file;
  file.path = pair.is->path;
  file.old_path = pair.was->path;
  file.similarity = pair.similarity;
  file.before = pair.was->before;
  file.after = pair.is->after;
  if (has_place_in_patch(file.before) && has_place_in_patch(file.after) && file.before.kind != file.after.kind) {
    PatchFile gone = file;
    gone.after = {};
    file.before = {};
    use_file(std::move(gone), blobs, form, use);
  }
  use_file(std::move(file), blobs, form, use);
}

void for_each_patch(const std::vector<Change>& changes, const BlobStore& blobs, BinaryForm form, const std::function<void(PatchFile)>& use) {
  for (const auto& pair : pair_files(changes, blobs)) {
    for_each_patch_of(pair, blobs, form, use);
  }
}

std::string name_status(const FilePair& pair) {
  if (pair.was != pair.is) {
    return fmt::format("R{:03}\t{}\t{}", pair.similarity, quote_for_patch(pair.was->path), quote_for_patch(pair.is->path));
  }
  const NodeState& before = pair.is->before;
  const NodeState& after = pair.is->after;
  const char letter = !has_place_in_patch(before) ? 'A' : !has_place_in_patch(after) ? 'D' : before.kind != after.kind ? 'T' : 'M';
  return letter + ("\t" + quote_for_patch(pair.is->path));
}

std::string patch_stat(const std::vector<PatchFile>& files) {
  constexpr std::size_t widest_graph = 40;
  std::size_t width = 0;
  std::size_t most = 1;
  std::vector<std::string> names;
  LineCounts sum;
  for (const auto& file : files) {
    names.push_back(stat_name(file));
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
    const std::string graph = std::string(bar(added), '+') + std::string(bar(removed), '-');
    const std::string sizes = files[i].content == PatchFile::Content::binary ? stat_binary(files[i]) : std::to_string(added + removed);
    text += fmt::format(" {:<{}} | {}{}{}\n", names[i], width, sizes, graph.empty() ? "" : " ", graph);
  }
  return text + fmt::format(" {} file{} changed, {} insertion{}(+), {} deletion{}(-)\n", files.size(), files.size() == 1 ? "" : "s", sum.added,
                            sum.added == 1 ? "" : "s", sum.removed, sum.removed == 1 ? "" : "s");
}

}  // namespace agentbox
