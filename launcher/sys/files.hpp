// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/units.hpp"
#include "sys/unique_fd.hpp"

namespace agentbox {

/// openat(2) with O_CLOEXEC; throws Error{environment} naming the path.
UniqueFd open_file(const std::filesystem::path& path, int flags, unsigned mode = 0600);
/// A directory opened once (O_PATH is not set, so that it can be shared with a child by /proc/self/fd).
UniqueFd open_directory(const std::filesystem::path& path);

/// The whole file; throws Error{environment} when it is longer than limit.
std::string read_file(const std::filesystem::path& path, ByteSize limit = ByteSize::mebibytes(16));
/// The same, but no value when the file does not exist.
std::optional<std::string> read_file_if_exists(const std::filesystem::path& path,
                                               ByteSize limit = ByteSize::mebibytes(16));

/// What is left to read from fd; path is for messages only. Throws Error{environment} when it is longer than limit.
std::string read_to_end(int fd, const std::filesystem::path& path, ByteSize limit);

/// Writes to a temporary neighbour, fsyncs it, renames it over path and fsyncs the directory: after a crash there is
/// the old content or the new, never a mixture.
void write_file_atomically(const std::filesystem::path& path, std::string_view content, unsigned mode = 0600);
/// The same for what is written bit by bit, to the descriptor that write is given.
void write_file_atomically(const std::filesystem::path& path, const std::function<void(int fd)>& write, unsigned mode = 0600);

/// All of data, through EINTR and short writes (the descriptor must be blocking).
void write_all(int fd, std::string_view data);

/// A file of no name, in memory, open for reading from its beginning: for what a child is told that may be longer than a pipe holds.
/// name: in /proc only. Throws Error{environment}.
UniqueFd file_in_memory(const char* name, std::string_view content);

/// mkdir -p with the given mode for each directory it makes.
void make_directories(const std::filesystem::path& path, unsigned mode = 0700);

/// Copies a file, keeping holes as holes (SEEK_DATA), and sharing blocks where the file system can; fsyncs the copy, or leaves that to the
/// caller. Returns the bytes that are allocated.
enum class Sync { now, later };
std::uint64_t copy_sparse(const std::filesystem::path& from, const std::filesystem::path& to, unsigned mode = 0600, Sync sync = Sync::now);

/// fsync(2) of a file or directory by name.
void sync_path(const std::filesystem::path& path);

/// Bytes that a file really occupies (st_blocks).
std::uint64_t allocated_bytes(const std::filesystem::path& path);
/// Those of a whole tree, links not followed; what cannot be looked at counts for nothing.
std::uint64_t allocated_bytes_below(const std::filesystem::path& path);

/// SHA-256 of text, lower-case hexadecimal. Of a file's content likewise, by either algorithm; throws like open_file(), Interrupted.
std::string sha256_hex(std::string_view text);
std::string sha256_hex_of_file(const std::filesystem::path& path);
std::string sha512_hex_of_file(const std::filesystem::path& path);

/// Cryptographically random bytes from getrandom(2).
std::vector<unsigned char> random_bytes(std::size_t count);
/// The same as lower-case hexadecimal (2*bytes characters).
std::string random_hex(std::size_t bytes);

/// Removes a tree without following links; no error when it is not there. noexcept for clean-up paths.
void remove_tree(const std::filesystem::path& path) noexcept;

}  // namespace agentbox
