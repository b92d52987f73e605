// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/terminal_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/environment.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

/// In ncurses-base, which no Debian is without.
constexpr std::array<std::string_view, 12> everywhere{"xterm",  "xterm-256color", "screen", "screen-256color",
                                                      "tmux",   "tmux-256color",  "linux",  "vt100",
                                                      "vt220",  "rxvt",           "dumb",   "rxvt-unicode-256color"};

constexpr ByteSize longest_entry = ByteSize(32768);  // term(5)

bool is_terminal_name(const std::string& term) {
  constexpr std::size_t longest_name = 64;
  return !term.empty() && term.size() <= longest_name && term.front() != '.' &&
         std::all_of(term.begin(), term.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '+';
         });
}

/// term(5): one of two numbers that compiled descriptions begin with.
bool is_compiled_entry(std::string_view content) {
  using namespace std::string_view_literals;
  return content.starts_with("\x1a\x01"sv) || content.starts_with("\x1e\x02"sv);
}

}  // namespace

std::vector<fs::path> terminfo_directories() {
  std::vector<fs::path> directories;
  if (const auto own = host_variable("TERMINFO")) {
    directories.emplace_back(*own);
  }
  if (const auto home = host_variable("HOME")) {
    directories.push_back(fs::path(*home) / ".terminfo");
  }
  for (const auto& directory : split(host_variable("TERMINFO_DIRS").value_or(""), ':')) {
    if (!directory.empty()) {
      directories.emplace_back(directory);
    }
  }
  directories.insert(directories.end(), {"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"});
  return directories;
}

std::optional<SeedFile> terminal_description(const std::string& term, const std::vector<fs::path>& directories) {
  if (!is_terminal_name(term) || std::find(everywhere.begin(), everywhere.end(), term) != everywhere.end()) {
    return std::nullopt;
  }
  const std::string letter = term.substr(0, 1);
  // Below a letter; where file systems do not know A from a, below its number.
  for (const auto& below : {letter, fmt::format("{:x}", static_cast<unsigned char>(term.front()))}) {
    for (const auto& directory : directories) {
      try {
        const auto content = read_file_if_exists(directory / below / term, longest_entry);
        if (content && is_compiled_entry(*content)) {
          return SeedFile{.path = ".terminfo/" + letter + "/" + term, .content = *content};
        }
      } catch (const Error&) {
        // One that cannot be read helps nobody.
      }
    }
  }
  return std::nullopt;
}

}  // namespace agentbox
