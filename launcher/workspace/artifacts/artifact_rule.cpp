// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/artifacts/artifact_rule.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

std::string replace_all(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

/// Where the first wildcard's directory ends; a pattern without one: where its last name begins.
std::size_t literal_part(const std::string& pattern) {
  const std::size_t slash = pattern.rfind('/', pattern.find_first_of("*?["));
  return slash == std::string::npos ? 0 : slash;
}

}  // namespace

ArtifactRule parse_artifact_rule(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const std::string pattern = text.substr(0, colon);
  const std::string directory = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (pattern.empty() || directory.empty() || pattern.front() == '!' || text.find('\0') != std::string::npos) {
    throw Error(ErrorKind::usage,
                "--artifacts: \"" + escape_untrusted(text, 200) + "\" does not say which files go where",
                "Write --artifacts PATTERN:DIR, as in 'reports/*.xml:out'. The pattern counts from the project unless "
                "it begins with \"/\".");
  }
  return {.pattern = pattern, .directory = directory};
}

ArtifactPattern::ArtifactPattern(const ArtifactRule& rule, const fs::path& project)
    : root_(project.string()), below_(rule.pattern) {
  const std::string shown = "--artifacts: \"" + escape_untrusted(rule.pattern, 200) + "\"";
  if (rule.pattern.front() == '/') {
    const std::size_t cut = literal_part(rule.pattern);
    root_ = rule.pattern.substr(0, cut);
    below_ = rule.pattern.substr(cut);
  }
  if (root_.empty()) {
    throw Error(ErrorKind::usage,
                shown + (project.empty() ? " counts from a project, and the session has none"
                                         : " would be looked for in the whole VM"),
                "Begin it with the directory that the files are in: /home/agent/out/*.log.");
  }
  if (below_ == "**" || below_ == "/**") {
    below_.pop_back();  // all that is there, and what is in it
  }
  try {
    pattern_ = PatternList({below_});
  } catch (const Error& error) {
    throw Error(ErrorKind::usage, shown + ": " + error.what(), error.hint());
  }
}

bool ArtifactPattern::matches(const std::string& name) const { return pattern_.matches(parts_of(name)); }

std::string ArtifactPattern::guest_command() const {
  std::string glob(trim(below_));
  while (glob.ends_with('/')) {
    glob.pop_back();
  }
  const bool anywhere = glob.find('/') == std::string::npos;
  glob = glob.substr(glob.starts_with('/') ? 1 : 0);
  glob = replace_all(replace_all("/" + glob, "/**/", "*"), "**", "*");
  glob = (anywhere ? "*" : ".") + glob;  // "*" of find -path goes over "/", too
  return "cd " + shell_quote(root_) + " 2>/dev/null || exit 0; find . -type f '(' -ipath " + shell_quote(glob) +
         " -o -ipath " + shell_quote(glob + "/*") +
         " ')' -print0 2>/dev/null | tar --create --file=- --format=posix --no-recursion --hard-dereference" +
         " --ignore-failed-read --null --verbatim-files-from --files-from=- 2>/dev/null";
}

}  // namespace agentbox
