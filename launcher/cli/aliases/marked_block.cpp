// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/aliases/marked_block.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace agentbox {

namespace {

constexpr std::string_view begin_mark = "# >>> agentbox aliases (agentbox alias --uninstall removes them) >>>\n";
constexpr std::string_view end_mark = "# <<< agentbox aliases <<<\n";

struct BlockPlace {
  std::size_t begin;
  std::size_t end;  ///< behind the last mark
};

/// Where a mark is a line of its own; npos: nowhere. A last line may lack its end.
std::size_t find_mark(std::string_view text, std::string_view mark, std::size_t from) {
  for (std::size_t at = text.find(mark.substr(0, mark.size() - 1), from); at != std::string_view::npos;
       at = text.find(mark.substr(0, mark.size() - 1), at + 1)) {
    const std::size_t behind = at + mark.size() - 1;
    if ((at == 0 || text[at - 1] == '\n') && (behind == text.size() || text[behind] == '\n')) {
      return at;
    }
  }
  return std::string_view::npos;
}

std::optional<BlockPlace> find_block(std::string_view text) {
  const std::size_t begin = find_mark(text, begin_mark, 0);
  const std::size_t end = find_mark(text, end_mark, 0);
  if (begin == std::string_view::npos && end == std::string_view::npos) {
    return std::nullopt;
  }
  const bool whole = begin != std::string_view::npos && end != std::string_view::npos && begin < end &&
                     find_mark(text, begin_mark, begin + 1) == std::string_view::npos &&
                     find_mark(text, end_mark, end + 1) == std::string_view::npos;
  if (!whole) {
    throw Error(ErrorKind::environment, "the marks around agentbox's aliases do not belong together any more",
                "Remove the lines \"# >>> agentbox aliases ...\" and \"# <<< agentbox aliases <<<\" by hand, and what "
                "is ours between them.");
  }
  return BlockPlace{.begin = begin, .end = std::min(text.size(), end + end_mark.size())};
}

}  // namespace

std::string with_marked_block(std::string_view text, std::string_view lines) {
  const std::string block = std::string(begin_mark) + std::string(lines) + std::string(end_mark);
  if (const auto place = find_block(text)) {
    return std::string(text.substr(0, place->begin)) + block + std::string(text.substr(place->end));
  }
  const bool cut = !text.empty() && text.back() != '\n';
  return std::string(text) + (cut ? "\n" : "") + block;
}

std::optional<std::string> without_marked_block(std::string_view text) {
  const auto place = find_block(text);
  if (!place) {
    return std::nullopt;
  }
  return std::string(text.substr(0, place->begin)) + std::string(text.substr(place->end));
}

}  // namespace agentbox
