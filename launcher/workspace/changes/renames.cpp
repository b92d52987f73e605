// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/renames.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "sys/files.hpp"

namespace agentbox {
namespace {

using Kind = NodeState::Kind;
using ChangeList = std::vector<const Change*>;

// Comparing costs the product of both lists, by the lines of their texts.
constexpr std::size_t most_compared = 40'000;
constexpr std::uint64_t most_bytes_compared = std::uint64_t{2} << 30U;
constexpr std::uint64_t longest_compared = std::uint64_t{512} * 1024;
constexpr unsigned least_similarity = 50;

/// Bytes of each different line of a text.
struct LineWeights {
  std::unordered_map<std::size_t, std::uint64_t> lines;  ///< by their hash
  std::uint64_t size = 0;
};

LineWeights weigh(const NodeState& state, const BlobStore& blobs) {
  LineWeights weights{.lines = {}, .size = state.size};
  const std::string text = read_to_end(blobs.open(state.digest).get(), state.digest, ByteSize(longest_compared));
  for (std::string_view rest = text; !rest.empty();) {
    const auto line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
    weights.lines[std::hash<std::string_view>{}(line)] += line.size();
    rest.remove_prefix(line.size());
  }
  return weights;
}

unsigned similarity_of(const LineWeights& a, const LineWeights& b) {
  std::uint64_t common = 0;
  for (const auto& [line, bytes] : a.lines) {
    const auto found = b.lines.find(line);
    common += found == b.lines.end() ? 0 : std::min(bytes, found->second);
  }
  return static_cast<unsigned>(common * 100 / std::max<std::uint64_t>({a.size, b.size, 1}));
}

// No content of one is in the other more often than the shorter one is long.
bool can_be_similar(const LineWeights& a, const LineWeights& b) {
  return std::min(a.size, b.size) * 100 >= std::max(a.size, b.size) * least_similarity;
}

bool went(const Change& change) { return change.before.kind == Kind::file && change.after.kind == Kind::absent && change.before.size > 0; }
bool came(const Change& change) { return change.before.kind == Kind::absent && change.after.kind == Kind::file && change.after.size > 0; }

using Side = NodeState Change::*;

std::uint64_t bytes_of(const ChangeList& list, Side side) {
  return std::accumulate(list.begin(), list.end(), std::uint64_t{0}, [side](std::uint64_t sum, const Change* change) { return sum + (change->*side).size; });
}

/// Each of one list with each of the other, whose files are read one after the other.
void find_similar(const ChangeList& held, Side held_side, const ChangeList& others, Side other_side, const BlobStore& blobs,
                  const std::function<void(const Change*, const Change*, unsigned)>& use) {
  std::vector<LineWeights> held_weights;
  for (const Change* one : held) {
    held_weights.push_back(weigh(one->*held_side, blobs));
  }
  for (const Change* other : others) {
    const LineWeights weights = weigh(other->*other_side, blobs);
    for (std::size_t i = 0; i < held.size(); ++i) {
      const unsigned similarity = can_be_similar(held_weights[i], weights) ? similarity_of(held_weights[i], weights) : 0;
      if (similarity >= least_similarity) {
        use(held[i], other, std::min(similarity, 99U));
      }
    }
  }
}

class Pairing {
 public:
  explicit Pairing(const std::vector<Change>& changes) {
    for (const auto& change : changes) {
      if (went(change)) {
        gone_.push_back(&change);
      } else if (came(change)) {
        new_.push_back(&change);
      }
    }
  }

  void pair_same_content() {
    std::multimap<std::string_view, const Change*> by_content;
    for (const Change* change : gone_) {
      by_content.emplace(change->before.digest, change);
    }
    for (const Change* change : new_) {
      if (const auto found = by_content.find(change->after.digest); found != by_content.end()) {
        pair(*found->second, *change, 100);
        by_content.erase(found);
      }
    }
    forget_paired();
  }

  void pair_similar(const BlobStore& blobs) {
    const auto too_long = [](std::uint64_t size) { return size > longest_compared; };
    std::erase_if(gone_, [&](const Change* change) { return too_long(change->before.size); });
    std::erase_if(new_, [&](const Change* change) { return too_long(change->after.size); });
    if (gone_.empty() || new_.empty() || gone_.size() > most_compared / new_.size()) {
      return;
    }
    const std::uint64_t gone_bytes = bytes_of(gone_, &Change::before);
    const std::uint64_t new_bytes = bytes_of(new_, &Change::after);
    if (gone_bytes * new_.size() + new_bytes * gone_.size() > most_bytes_compared) {
      return;
    }
    std::vector<FilePair> candidates;
    // The smaller list is held in memory.
    if (gone_bytes <= new_bytes) {
      find_similar(gone_, &Change::before, new_, &Change::after, blobs,
                   [&](const Change* was, const Change* is, unsigned similarity) { candidates.push_back({was, is, similarity}); });
    } else {
      find_similar(new_, &Change::after, gone_, &Change::before, blobs,
                   [&](const Change* is, const Change* was, unsigned similarity) { candidates.push_back({was, is, similarity}); });
    }
    std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
      // Changes are in one vector, by path.
      return std::tuple(b.similarity, a.is, a.was) < std::tuple(a.similarity, b.is, b.was);
    });
    for (const auto& candidate : candidates) {
      if (!is_paired(candidate.was) && !is_paired(candidate.is)) {
        pair(*candidate.was, *candidate.is, candidate.similarity);
      }
    }
  }

  [[nodiscard]] bool moved_away(const Change& change) const { return moved_away_.contains(&change); }
  [[nodiscard]] FilePair pair_of(const Change& change) const {
    const auto found = pairs_.find(&change);
    return found == pairs_.end() ? FilePair{&change, &change} : found->second;
  }

 private:
  void pair(const Change& was, const Change& is, unsigned similarity) {
    pairs_.emplace(&is, FilePair{&was, &is, similarity});
    moved_away_.insert(&was);
  }
  [[nodiscard]] bool is_paired(const Change* change) const { return pairs_.contains(change) || moved_away_.contains(change); }
  void forget_paired() {
    std::erase_if(gone_, [this](const Change* change) { return is_paired(change); });
    std::erase_if(new_, [this](const Change* change) { return is_paired(change); });
  }

  ChangeList gone_;
  ChangeList new_;
  std::unordered_map<const Change*, FilePair> pairs_;  ///< by what it is now
  std::unordered_set<const Change*> moved_away_;
};

}  // namespace

bool has_place_in_patch(const NodeState& state) { return state.kind == Kind::file || state.kind == Kind::link; }

std::vector<FilePair> pair_files(const std::vector<Change>& changes, const BlobStore& blobs) {
  Pairing pairing(changes);
  pairing.pair_same_content();
  pairing.pair_similar(blobs);
  std::vector<FilePair> files;
  for (const auto& change : changes) {
    if (!pairing.moved_away(change) && (has_place_in_patch(change.before) || has_place_in_patch(change.after))) {
      files.push_back(pairing.pair_of(change));
    }
  }
  return files;
}

}  // namespace agentbox
