// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/log/egress_record.hpp"
#include "sys/unique_fd.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace agentbox {

/// Bounds of a log.
struct EgressLogLimits {
  std::uint64_t file_bytes = 8U << 20U;  ///< then the file becomes the older one, whose content is dropped
  std::size_t remembered = 256;          ///< kinds of decisions that are being counted instead of written
  std::chrono::seconds quiet = std::chrono::seconds(10);  ///< a decision of the same kind within this is only counted
};

/// Writes egress.jsonl. Owns two descriptors, not names: the process that writes has no directory. Writing blocks for
/// as long as a disk does; a write that fails (disk full) is counted, never fatal: the log is a witness, not the wall.
class EgressLog {
 public:
  /// Both open for reading and writing, not append; may be equal to no file at all (invalid): then nothing is written.
  EgressLog(UniqueFd current, UniqueFd older, EgressLogLimits limits = {});

  /// Writes the record, or counts it when it repeats one that was just written. Records with bytes are always written:
  /// they are connections that lived, and those are bounded by the number of connections.
  void add(const EgressRecord& record);
  /// Writes the counts of what was only counted and has been quiet since. Called now and then.
  void flush(std::chrono::system_clock::time_point now);
  /// The same of everything. Called at the end.
  void finish(std::chrono::system_clock::time_point now);

  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  /// Lines written so far, those that were dropped later included, and the hash of the last one: first_hash() before
  /// it.
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] const std::string& last_hash() const { return previous_hash_; }

 private:
  struct Repetition {
    EgressRecord record;
    std::chrono::system_clock::time_point since;
  };
  void write(const EgressRecord& record);
  void write_count(Repetition& repetition, std::chrono::system_clock::time_point now);
  void rotate();
  UniqueFd current_;
  UniqueFd older_;
  EgressLogLimits limits_;
  std::uint64_t size_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t lines_ = 0;
  std::string previous_hash_ = first_hash();
  std::map<std::string, Repetition> repetitions_;
};

}  // namespace agentbox
