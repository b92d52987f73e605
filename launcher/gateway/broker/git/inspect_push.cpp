// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/git/inspect_push.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace agentbox::broker {
namespace {

namespace asio = boost::asio;

std::string names_of(const GitCommands& commands) {
  std::string names;
  for (const GitCommand& command : commands.commands) names += (names.empty() ? "" : " ") + command.ref;
  return escape_untrusted(names, 300);
}

/// Of well-formed commands.
void judge(const Forward& forward, const GitCommands& commands, InspectedPush& push) {
  push.refs = names_of(commands);
  const GitAccess& access = *forward.route->git;
  const std::string& repository = forward.git->repository;
  const auto reasons = judge_push(access, repository, commands);
  if (std::all_of(reasons.begin(), reasons.end(), [](const std::string& reason) { return reason.empty(); })) return;
  push.refusal = refuse(Reason::not_allowed,
                        fmt::format("nothing was pushed. The session's policy lets you push to {} of {} at {}. Push to such "
                                    "a branch, or ask the user to name another one in the policy, under credentials: git",
                                    escape_untrusted(pushable_refs(access, repository), 1000), repository,
                                    forward.route->name));
  push.report = push_report(commands, reasons, push.refusal->message);
}

}  // namespace

asio::awaitable<InspectedPush> inspect_push(GuestConnection& guest, const Forward& forward, RequestBody body) {
  InspectedPush push{.body = std::move(body), .refusal = {}, .report = {}, .refs = {}};
  GitCommandReader reader;
  std::size_t left = 0;  // of the last run, behind the commands
  while (!reader.done()) {
    const auto run = co_await guest.read_body(push.body.decoder);
    if (!run) {
      push.guest = InspectedPush::Guest::gone;
      co_return push;
    }
    if (!run->empty()) left = run->size() - reader.feed(*run);
    push.body.begun += *run;
    if (reader.failed() || (run->empty() && !reader.done())) {
      push.refusal = refuse(Reason::bad_request,
                            "this push " + (reader.failed() ? reader.why() : std::string("ends within its commands")));
      push.report = unreadable_push_report(reader.commands(), push.refusal->message);
      co_return push;
    }
  }
  judge(forward, reader.commands(), push);
  if (reader.commands().commands.empty() && (left > 0 || !(co_await guest.drop_body(push.body.decoder, 0))))
    push.refusal = refuse(Reason::bad_request, "this push has content but no commands");
  co_return push;
}

}  // namespace agentbox::broker
