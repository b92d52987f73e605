// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// The commands at the beginning of a push. They are the same however the bytes are cut; a ref that passes the policy is
// one of its branches by any reading; and what was read, written again, is read as the same.
#include "gateway/broker/git/commands.hpp"
#include "gateway/broker/git/request.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

using namespace agentbox;
using namespace agentbox::broker;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  GitCommandReader reader;
  std::size_t used = 0;
};

Outcome read(std::string_view text, std::size_t piece) {
  Outcome outcome;
  while (!outcome.reader.done() && !outcome.reader.failed() && outcome.used < text.size()) {
    const std::string_view part = text.substr(outcome.used, piece);
    const std::size_t used = outcome.reader.feed(part);
    check(used > 0 && used <= part.size());
    outcome.used += used;
  }
  return outcome;
}

std::string written(const GitCommands& commands) {
  std::string text;
  bool first = true;
  for (const GitCommand& command : commands.commands) {
    std::string line = command.old_id + " " + command.new_id + " " + command.ref;
    if (std::exchange(first, false)) {
      line += '\0';
      for (const std::string& word : commands.capabilities) line += " " + word;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    const std::size_t size = line.size() + 4;
    for (const unsigned shift : {12U, 8U, 4U, 0U}) text += digits[size >> shift & 0xFU];
    text += line;
  }
  return text + "0000";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  static const GitAccess access{
      .host = "h", .fetch = {}, .push = {{.repository = {"o/r"}, .branches = {"agent/*"}, .tags = {}}}};
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const Outcome whole = read(text, std::string_view::npos);
  const Outcome cut = read(text, 1);
  check(whole.reader.done() == cut.reader.done() && whole.reader.failed() == cut.reader.failed());
  if (whole.reader.done()) {
    const GitCommands& commands = whole.reader.commands();
    check(whole.used == cut.used && commands == cut.reader.commands());
    const auto reasons = judge_push(access, "o/r", commands);
    check(reasons.size() == commands.commands.size());
    for (std::size_t i = 0; i < reasons.size(); ++i) {
      const std::string& ref = commands.commands[i].ref;
      check(ref.find_first_of(std::string_view(" \n\0", 3)) == std::string::npos);
      if (reasons[i].empty())
        check(ref.starts_with("refs/heads/agent/") && ref.find("..") == std::string::npos);
    }
    static_cast<void>(push_report(commands, reasons, "m"));
    const Outcome again = read(written(commands), std::string_view::npos);
    // A first line may be too long by the capabilities that it took over from a line of its own.
    if (again.reader.done()) check(again.reader.commands().commands == commands.commands);
  }
  if (const auto request = parse_git_request("GET", text, "service=git-upload-pack"))
    check(is_git_repository(request->repository) && request->target().find("//") == std::string::npos);
  return 0;
}
