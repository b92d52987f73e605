// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/log/egress_log.hpp"

#include "sys/files.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace agentbox {
namespace {

std::string key_of(const EgressRecord& record) {
  return record.what + '\n' + record.name + '\n' + record.address + '\n' + std::to_string(record.port) + '\n' +
         record.verdict + '\n' + record.rule;
}

bool write_at(int fd, std::string_view data, std::uint64_t offset) {
  while (!data.empty()) {
    const ssize_t count = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    data.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return true;
}

/// Best effort: what cannot be copied is lost, as it would be one rotation later.
void copy_content(int from, int to) {
  std::array<char, 65536> buffer;
  std::uint64_t offset = 0;
  while (true) {
    const ssize_t count = ::pread(from, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (count <= 0 || !write_at(to, {buffer.data(), static_cast<std::size_t>(count)}, offset)) {
      return;
    }
    offset += static_cast<std::uint64_t>(count);
  }
}

}  // namespace

EgressLog::EgressLog(UniqueFd current, UniqueFd older, EgressLogLimits limits)
    : current_(std::move(current)), older_(std::move(older)), limits_(limits) {}

void EgressLog::add(const EgressRecord& record) {
  if (record.bytes_up != 0 || record.bytes_down != 0) {
    write(record);
    return;
  }
  const std::string key = key_of(record);
  const auto known = repetitions_.find(key);
  if (known != repetitions_.end() && record.time - known->second.since < limits_.quiet) {
    ++known->second.record.repeated;
    return;
  }
  if (known == repetitions_.end() && repetitions_.size() >= limits_.remembered) {
    flush(record.time);
    // Everything in it is younger than `quiet`: a flood of ever new names. From here on only the total is kept.
    if (repetitions_.size() >= limits_.remembered) {
      ++repetitions_.begin()->second.record.repeated;
      return;
    }
  }
  EgressRecord line = record;
  if (known != repetitions_.end()) {
    line.repeated = known->second.record.repeated;
  }
  write(line);
  line.repeated = 0;
  repetitions_.insert_or_assign(key, Repetition{line, record.time});
}

void EgressLog::flush(std::chrono::system_clock::time_point now) {
  for (auto entry = repetitions_.begin(); entry != repetitions_.end();) {
    if (now - entry->second.since < limits_.quiet) {
      ++entry;
      continue;
    }
    write_count(entry->second, now);
    entry = repetitions_.erase(entry);
  }
}

void EgressLog::finish(std::chrono::system_clock::time_point now) {
  for (auto& [key, repetition] : repetitions_) {
    write_count(repetition, now);
  }
  repetitions_.clear();
}

void EgressLog::write_count(Repetition& repetition, std::chrono::system_clock::time_point now) {
  if (repetition.record.repeated != 0) {
    repetition.record.time = now;
    write(repetition.record);
  }
}

void EgressLog::write(const EgressRecord& record) {
  if (!current_) {
    return;
  }
  const std::string line = to_line(record, previous_hash_);
  if (size_ != 0 && size_ + line.size() + 1 > limits_.file_bytes) {
    rotate();
  }
  // A line that was written in part is overwritten by the next one: size_ counts whole lines only.
  if (!write_at(current_.get(), line + "\n", size_)) {
    ++lost_;
    return;
  }
  size_ += line.size() + 1;
  ++lines_;
  previous_hash_ = sha256_hex(line);
}

void EgressLog::rotate() {
  if (older_ && ::ftruncate(older_.get(), 0) == 0) {
    copy_content(current_.get(), older_.get());
  }
  if (::ftruncate(current_.get(), 0) == 0) {
    size_ = 0;
  }
}

}  // namespace agentbox
