// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/ignore_rules.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace agentbox {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_in_class(std::string_view name, unsigned char c) {
  constexpr struct {
    std::string_view name;
    int (*holds)(int);
  } classes[] = {{"alnum", std::isalnum}, {"alpha", std::isalpha}, {"blank", std::isblank}, {"cntrl", std::iscntrl},
                 {"digit", std::isdigit}, {"graph", std::isgraph}, {"lower", std::islower}, {"print", std::isprint},
                 {"punct", std::ispunct}, {"space", std::isspace}, {"upper", std::isupper}, {"xdigit", std::isxdigit}};
  for (const auto& one : classes) {
    if (one.name == name) {
      return one.holds(c) != 0;
    }
  }
  return false;
}

/// One character set. at: behind its "["; set behind its "]" on return. No value when it has no end: such a pattern
/// matches nothing.
std::optional<bool> is_in_set(std::string_view pattern, std::size_t& at, unsigned char c) {
  bool found = false;
  const bool inverted = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  at += inverted ? 1 : 0;
  const auto next = [&]() -> std::optional<unsigned char> {
    at += at < pattern.size() && pattern[at] == '\\' ? 1 : 0;
    return at < pattern.size() ? std::optional(static_cast<unsigned char>(pattern[at++])) : std::nullopt;
  };
  for (bool first = true;; first = false) {
    if (at >= pattern.size()) {
      return std::nullopt;
    }
    if (pattern[at] == ']' && !first) {
      ++at;
      return found != inverted;
    }
    if (pattern.substr(at).starts_with("[:")) {
      const auto end = pattern.find(":]", at);
      if (end == npos) {
        return std::nullopt;
      }
      found = found || is_in_class(pattern.substr(at + 2, end - at - 2), c);
      at = end + 2;
      continue;
    }
    const auto low = next();
    auto high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      ++at;
      high = next();
    }
    if (!low || !high) {
      return std::nullopt;
    }
    found = found || (*low <= c && c <= *high);
  }
}

/// Of one character and what of the pattern stands for it; at moves on when it does.
bool matches_one(std::string_view pattern, std::size_t& at, char c) {
  std::size_t behind = at + 1;
  if (pattern[at] == '[') {
    const auto found = is_in_set(pattern, behind, static_cast<unsigned char>(c));
    if (!found.value_or(false)) {
      return false;
    }
  } else if (pattern[at] == '\\') {
    if (behind >= pattern.size() || pattern[behind] != c) {
      return false;
    }
    ++behind;
  } else if (pattern[at] != '?' && pattern[at] != c) {
    return false;
  }
  at = behind;
  return true;
}

/// "**" stands for any number of names. As with "*" in a name, only the last one ever has to be tried again.
bool matches_path(const std::vector<std::string>& pattern, const std::vector<std::string>& path, std::size_t from) {
  std::size_t p = 0;
  std::size_t n = from;
  std::size_t star = pattern.size();
  std::size_t star_at = 0;
  while (n < path.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      if (p + 1 == pattern.size()) {
        return true;  // "a/**" is all that lies in a; a itself never comes this far
      }
      star = p++;
      star_at = n;
    } else if (p < pattern.size() && matches_pattern(pattern[p], path[n])) {
      ++p;
      ++n;
    } else if (star < pattern.size()) {
      p = star + 1;
      n = ++star_at;
    } else {
      return false;
    }
  }
  return p == pattern.size();
}

std::string_view without_trailing_spaces(std::string_view line) {
  while (line.ends_with(' ') && !(line.size() > 1 && line[line.size() - 2] == '\\')) {
    line.remove_suffix(1);
  }
  return line;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = npos;
  std::size_t star_at = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_at = n;
    } else if (p < pattern.size() && matches_one(pattern, p, name[n])) {
      ++n;
    } else if (star != npos) {
      p = star + 1;
      n = ++star_at;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

void IgnoreRules::add(std::string_view text, const std::string& directory) {
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  for (const auto& whole : split(text, '\n')) {
    std::string_view line = whole;
    if (line.starts_with('#')) {
      continue;
    }
    line = without_trailing_spaces(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    Rule rule{.directory = directory, .parts = {}};
    if (line.starts_with('!')) {
      rule.means = Rule::Means::not_ignored;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {  // for directories alone, and only those are asked about
      line.remove_suffix(1);
    }
    rule.at = line.find('/') == npos ? Rule::At::any_depth : Rule::At::path;
    line.remove_prefix(line.starts_with('/') ? 1 : 0);
    if (!line.empty()) {
      rule.parts = split(line, '/');
      rules_.push_back(std::move(rule));
    }
  }
}

bool IgnoreRules::matches(const Rule& rule, const std::vector<std::string>& path) {
  const auto base = rule.directory.empty() ? std::vector<std::string>{} : split(rule.directory, '/');
  if (path.size() <= base.size() || !std::equal(base.begin(), base.end(), path.begin())) {
    return false;
  }
  return rule.at == Rule::At::any_depth ? matches_pattern(rule.parts.front(), path.back())
                                        : matches_path(rule.parts, path, base.size());
}

bool IgnoreRules::ignores_directory(const std::string& path) const {
  // From the top: what lies in an ignored directory is ignored, whatever says else.
  const auto parts = split(path, '/');
  for (std::size_t depth = 1; depth <= parts.size(); ++depth) {
    const std::vector<std::string> inner(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(depth));
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
      if (matches(*rule, inner)) {
        if (rule->means == Rule::Means::ignored) {
          return true;
        }
        break;
      }
    }
  }
  return false;
}

}  // namespace agentbox
