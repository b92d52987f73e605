// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/git_access.hpp"

#include "core/call_pattern.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace agentbox {
namespace {

constexpr std::size_t most_components = 8;
constexpr std::size_t longest_component = 100;
constexpr std::size_t longest_ref = 250;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_component(std::string_view text) {
  return !text.empty() && text.size() <= longest_component && text.front() != '.' && text.front() != '-' &&
         !text.ends_with(".git") && std::all_of(text.begin(), text.end(), is_name_character);
}

/// "*" within one component: like matches_wildcard(), but for one or more characters, so that "lib-*" is not "lib-".
bool component_matches(std::string_view pattern, std::string_view text) {
  return text.size() >= pattern.size() && matches_wildcard(pattern, text);
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_wildcard(pattern, name); });
}

constexpr std::string_view heads_prefix = "refs/heads/";
constexpr std::string_view tags_prefix = "refs/tags/";

/// A name that git itself would not accept is not compared: what a server makes of "agent/../main" is its own affair.
bool covers(const GitPushRule& rule, std::string_view ref) {
  for (const auto& [prefix, patterns] : {std::pair(heads_prefix, &rule.branches), std::pair(tags_prefix, &rule.tags)}) {
    if (ref.starts_with(prefix)) {
      const std::string_view name = ref.substr(prefix.size());
      return is_git_ref_name(name) && any_matches(*patterns, name);
    }
  }
  return false;
}

}  // namespace

bool is_git_repository(std::string_view text) {
  const auto components = split(text, '/');
  return components.size() >= 2 && components.size() <= most_components &&
         std::all_of(components.begin(), components.end(), is_component);
}

bool is_git_ref_name(std::string_view name) {
  if (name.empty() || name.size() > longest_ref || name.front() == '-' || name == "@" || name.ends_with('.'))
    return false;
  const bool printable = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable || name.find_first_of("~^:?*[\\") != std::string_view::npos ||
      name.find("..") != std::string_view::npos || name.find("@{") != std::string_view::npos)
    return false;
  const auto components = split(name, '/');
  return std::none_of(components.begin(), components.end(), [](const std::string& component) {
    return component.empty() || component.front() == '.' || component.ends_with(".lock");
  });
}

GitRepositoryPattern GitRepositoryPattern::parse(const std::string& text) {
  std::string sample = text;
  std::replace(sample.begin(), sample.end(), '*', 'x');
  const auto components = split(text, '/');
  const bool single_stars = std::all_of(components.begin(), components.end(), [](const std::string& component) {
    return std::count(component.begin(), component.end(), '*') <= 1;
  });
  if (!is_git_repository(sample) || !single_stars)
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is not a repository", escape_untrusted(text, 120)),
                "write OWNER/NAME as it stands in the URL, without .git; * stands for a name: OWNER/*");
  if (text.substr(0, text.find('/')).find('*') != std::string::npos)
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is too wide for a rule", escape_untrusted(text, 120)),
                "the owner is written out: OWNER/*");
  return {text};
}

bool GitRepositoryPattern::matches(std::string_view repository) const {
  const auto wanted = split(text, '/');
  const auto given = split(repository, '/');
  return std::equal(wanted.begin(), wanted.end(), given.begin(), given.end(), component_matches);
}

std::string_view GitRepositoryPattern::prefix() const { return std::string_view(text).substr(0, text.find('*')); }

std::string parse_git_ref_pattern(const std::string& text) {
  std::string sample = text;
  std::replace(sample.begin(), sample.end(), '*', 'x');
  if (sample.starts_with("refs/"))
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is to be written without refs/", escape_untrusted(text, 120)),
                "main, not refs/heads/main");
  if (!is_git_ref_name(sample))
    throw Error(ErrorKind::usage,
                fmt::format("\"{}\" is not the name of a branch or tag", escape_untrusted(text, 120)),
                "as in main, or agent/*; * stands for any characters");
  return text;
}

bool may_fetch(const GitAccess& access, std::string_view repository) {
  const auto fits = [&](const GitRepositoryPattern& pattern) { return pattern.matches(repository); };
  return std::any_of(access.fetch.begin(), access.fetch.end(), fits) || may_push(access, repository);
}

bool may_push(const GitAccess& access, std::string_view repository) {
  return std::any_of(access.push.begin(), access.push.end(),
                     [&](const GitPushRule& rule) { return rule.repository.matches(repository); });
}

bool may_change(const GitAccess& access, std::string_view repository, std::string_view ref, RefChange change) {
  return std::any_of(access.push.begin(), access.push.end(), [&](const GitPushRule& rule) {
    return rule.repository.matches(repository) && covers(rule, ref) &&
           (change == RefChange::update || rule.deletion == GitPushRule::Deletion::allowed);
  });
}

std::string pushable_refs(const GitAccess& access, std::string_view repository) {
  std::vector<std::string> refs;
  for (const GitPushRule& rule : access.push) {
    if (!rule.repository.matches(repository)) continue;
    for (const std::string& branch : rule.branches) refs.push_back(std::string(heads_prefix) + branch);
    for (const std::string& tag : rule.tags) refs.push_back(std::string(tags_prefix) + tag);
  }
  return join(refs, ", ");
}

std::string describe(const GitAccess& access) {
  std::vector<std::string> parts;
  for (const GitRepositoryPattern& pattern : access.fetch) parts.push_back("fetch " + pattern.text);
  for (const GitPushRule& rule : access.push) {
    std::vector<std::string> refs = rule.branches;
    for (const std::string& tag : rule.tags) refs.push_back("tag " + tag);
    if (rule.deletion == GitPushRule::Deletion::allowed) refs.emplace_back("deletion too");
    parts.push_back(fmt::format("push {} ({})", rule.repository.text, join(refs, ", ")));
  }
  return join(parts, "; ");
}

}  // namespace agentbox
