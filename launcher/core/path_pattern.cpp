// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/path_pattern.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <span>

namespace agentbox {
namespace {

constexpr std::size_t longest_pattern = 1024;

unsigned char folded(char c) { return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); }

/// A class "[...]" at the start of glob: whether it holds c; glob is moved behind it. One without an end is an ordinary bracket.
bool matches_class(std::string_view& glob, char c) {
  std::size_t at = 1;
  const bool inverted = at < glob.size() && (glob[at] == '!' || glob[at] == '^');
  at += inverted ? 1 : 0;
  bool found = false;
  for (const std::size_t first = at; at < glob.size() && (glob[at] != ']' || at == first); ++at) {
    const unsigned char low = folded(glob[at]);
    unsigned char high = low;
    if (at + 2 < glob.size() && glob[at + 1] == '-' && glob[at + 2] != ']') {
      high = folded(glob[at + 2]);
      at += 2;
    }
    found = found || (folded(c) >= low && folded(c) <= high);
  }
  if (at >= glob.size()) {
    glob.remove_prefix(1);
    return c == '[';
  }
  glob.remove_prefix(at + 1);
  return found != inverted;
}

/// One name. Only the last "*" is gone back to, so the work is the product of both lengths at most.
bool matches_name(std::string_view glob, std::string_view name) {
  std::string_view glob_behind_star;
  std::string_view name_at_star;
  bool starred = false;
  for (;;) {
    std::string_view rest = glob;
    bool fits = false;
    if (!rest.empty() && rest.front() == '*') {
      starred = true;
      glob_behind_star = glob = rest.substr(1);
      name_at_star = name;
      continue;
    }
    if (name.empty()) {
      return glob.empty();
    }
    if (!rest.empty()) {
      if (rest.front() == '[') {
        fits = matches_class(rest, name.front());
      } else {
        const bool any = rest.front() == '?';
        if (rest.front() == '\\' && rest.size() > 1) {
          rest.remove_prefix(1);
        }
        fits = any || folded(rest.front()) == folded(name.front());
        rest.remove_prefix(1);
      }
    }
    if (fits) {
      glob = rest;
      name.remove_prefix(1);
    } else if (starred) {
      name_at_star.remove_prefix(1);
      name = name_at_star;
      glob = glob_behind_star;
    } else {
      return false;
    }
  }
}

/// All of names against all of path. reached[i]: the first i names fit what was read of path.
bool matches_all(std::span<const std::string> names, std::span<const std::string_view> path) {
  std::vector<char> reached(names.size() + 1, 0);
  const auto skip_empty = [&] {
    for (std::size_t i = 0; i < names.size(); ++i) {
      reached[i + 1] = reached[i + 1] | (names[i] == "**" ? reached[i] : 0);
    }
  };
  reached[0] = 1;
  skip_empty();
  for (const auto part : path) {
    std::vector<char> next(names.size() + 1, 0);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (reached[i] != 0 && names[i] == "**") {
        next[i] = 1;
      } else if (reached[i] != 0 && matches_name(names[i], part)) {
        next[i + 1] = 1;
      }
    }
    reached = std::move(next);
    skip_empty();
  }
  return reached[names.size()] != 0;
}

}  // namespace

PathParts parts_of(std::string_view path) {
  PathParts parts;
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/'));
    if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    path.remove_prefix(std::min(path.size(), part.size() + 1));
  }
  return parts;
}

bool same_name(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](char a, char b) { return folded(a) == folded(b); });
}

PathPattern::PathPattern(std::string_view text) {
  const std::string shown = escape_untrusted(text, 100);
  if (text.size() > longest_pattern || text.find('\0') != std::string_view::npos) {
    throw Error(ErrorKind::usage, "the pattern \"" + shown + "\" is too long, or holds a NUL");
  }
  if (text.starts_with('!')) {
    negated_ = true;
    text.remove_prefix(1);
  }
  const auto slash = text.find('/');
  bool floating = slash == std::string_view::npos || slash + 1 == text.size();
  for (const auto part : parts_of(text)) {
    if (part == "..") {
      throw Error(ErrorKind::usage, "the pattern \"" + shown + "\" leaves the directory that it is for");
    }
    // "**/**" is "**", and one in front makes the pattern float.
    if (part == "**" && names_.empty()) {
      floating = true;
    } else if (part != "**" || names_.back() != "**") {
      names_.emplace_back(part);
    }
  }
  if (names_.empty()) {
    throw Error(ErrorKind::usage, "the pattern \"" + shown + "\" names nothing");
  }
  if (floating) {
    names_.insert(names_.begin(), "**");
  }
}

bool PathPattern::matches(const PathParts& path) const {
  // Most names fit no pattern, and that is seen by their last part.
  if (path.empty() || (names_.back() != "**" && !matches_name(names_.back(), path.back()))) {
    return false;
  }
  if (names_.front() != "**") {
    return matches_name(names_.front(), path.front()) && matches_all(names_, path);
  }
  if (names_.size() == 2) {
    return true;
  }
  // As the second of its names is nowhere in most paths.
  const bool possible = std::any_of(path.begin(), path.end(), [&](auto part) { return matches_name(names_[1], part); });
  return possible && matches_all(names_, path);
}

bool PathPattern::leads_below(const PathParts& path) const {
  for (std::size_t count = names_.front() == "**" ? 2 : 1; count < names_.size(); ++count) {
    if (matches_all(std::span(names_).first(count), path)) {
      return true;
    }
  }
  return false;
}

PatternList::PatternList(const std::vector<std::string>& patterns) {
  for (const auto& pattern : patterns) {
    patterns_.emplace_back(pattern);
  }
}

bool PatternList::matches_itself(const PathParts& path) const {
  for (auto one = patterns_.rbegin(); one != patterns_.rend(); ++one) {
    if (!one->negated() && one->matches(path)) {
      return std::none_of(patterns_.rbegin(), one, [&](const auto& later) { return later.negated() && later.matches(path); });
    }
  }
  return false;
}

bool PatternList::matches(const PathParts& path) const {
  PathParts upper;
  return std::any_of(path.begin(), path.end(), [&](auto part) {
    upper.push_back(part);
    return matches_itself(upper);
  });
}

bool PatternList::leads_below(const PathParts& path) const {
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const auto& one) { return !one.negated() && one.leads_below(path); });
}

}  // namespace agentbox
