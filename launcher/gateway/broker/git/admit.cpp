// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/git/admit.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <utility>

namespace agentbox::broker {
namespace {

constexpr std::string_view how_to_name_it = "Ask the user to name it in the policy, under credentials: git";

Refused refused_by(const BrokerRoute& route, Reason reason, std::string message, std::string repository = {}) {
  Refused result{.route = &route, .refusal = refuse(reason, std::move(message)), .subject = std::move(repository)};
  result.refusal.status = 403;
  return result;
}

Refused unknown_request(const BrokerRoute& route, std::string_view path) {
  if (path.find("/info/lfs") != std::string_view::npos)
    return refused_by(route, Reason::not_allowed,
                      "Git LFS does not go through the broker; GIT_LFS_SKIP_SMUDGE=1 leaves large files out");
  return refused_by(route, Reason::not_allowed,
                    fmt::format("only git fetch and git push of repositories go through the broker to {}, nothing else",
                                route.name));
}

std::optional<Refused> judge_repository(const BrokerRoute& route, const GitRequest& request) {
  const GitAccess& access = *route.git;
  if (request.pushes() ? may_push(access, request.repository) : may_fetch(access, request.repository))
    return std::nullopt;
  const bool fetched = request.pushes() && may_fetch(access, request.repository);
  return refused_by(route, Reason::not_allowed,
                    fmt::format("the session's policy {} {} at {} (it says: {}). {}",
                                fetched ? "lets you fetch, but not push to," : "does not name the repository",
                                request.repository, route.name, escape_untrusted(describe(access), 1000), how_to_name_it),
                    request.repository);
}

/// Of the body's type and encoding. A push is read here, so it may not be compressed.
std::optional<Refused> judge_body(const BrokerRoute& route, const GitRequest& request, const RequestHead& head) {
  if (request.step == GitRequest::Step::advertise) {
    if (head.framing.kind == Framing::Kind::none) return std::nullopt;
    return refused_by(route, Reason::bad_request, "this request has no body", request.repository);
  }
  const auto types = head.values("content-type");
  if (types.size() != 1 || types[0] != fmt::format("application/x-{}-request", request.service_name()))
    return refused_by(route, Reason::bad_request, "the request's content-type is not the one that git sends",
                      request.repository);
  const auto encodings = head.values("content-encoding");
  const bool readable = encodings.empty() || (encodings.size() == 1 && encodings[0] == "identity");
  const bool gzip = encodings.size() == 1 && encodings[0] == "gzip";
  if (readable || (gzip && !request.pushes())) return std::nullopt;
  return refused_by(route, Reason::bad_request, "the request's content-encoding cannot be accepted", request.repository);
}

/// Of a push nothing that could make the service read it in another way: it is read here by the first version of the
/// protocol, which every service speaks with a client that asks for none.
std::vector<Header> headers_for(const GitRequest& request, const RequestHead& head) {
  if (request.pushes()) return forwarded_headers(head, {});
  return forwarded_headers(head, {"git-protocol", "content-encoding"});
}

}  // namespace

Admission admit_git(const BrokerRoute& route, const RequestHead& head, std::string_view path, std::string_view query) {
  const auto request = parse_git_request(head.method, path, query);
  if (!request) return unknown_request(route, path);
  if (shown_credential(head, "", route.placeholder.view()) != Shown::placeholder)
    return refused_by(route, Reason::wrong_credential,
                      "git's configuration in the session's environment (GIT_CONFIG_COUNT, ...) is missing, or another "
                      "credential was sent",
                      request->repository);
  if (auto refusal = judge_repository(route, *request)) return std::move(*refusal);
  if (auto refusal = judge_body(route, *request, head)) return std::move(*refusal);
  for (const std::string_view expected : head.values("expect")) {
    if (expected != "100-continue") return refused_by(route, Reason::bad_request, "the request expects what is not known");
  }
  return Forward{.route = &route,
                 .method = head.method,
                 .target = route.upstream.path + request->target(),
                 .headers = headers_for(*request, head),
                 .metering = Forward::Metering::free,
                 .expect = head.values("expect").empty() ? Forward::Expect::nothing : Forward::Expect::go_ahead,
                 .git = *request};
}

}  // namespace agentbox::broker
