// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/admission.hpp"

#include "core/text.hpp"
#include "gateway/broker/git/admit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace agentbox::broker {
namespace {

constexpr std::array<std::string_view, 5> credential_headers{"authorization", "x-api-key", "x-goog-api-key", "api-key",
                                                             "proxy-authorization"};

/// Headers of requests that every provider gets.
constexpr std::array<std::string_view, 5> common_headers{"accept", "accept-language", "content-type", "user-agent",
                                                         "idempotency-key"};

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      result += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

struct Parameter {
  std::string name;
  std::string_view text;  ///< "name=value", as sent
  std::string_view value;
};

std::vector<Parameter> parameters_of(std::string_view query) {
  std::vector<Parameter> result;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view text = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(text.find('='), text.size());
    if (!text.empty())
      result.push_back({percent_decoded(text.substr(0, equals)), text, text.substr(std::min(equals + 1, text.size()))});
  }
  return result;
}

bool is_forwarded(std::string_view name, const std::vector<std::string>& allowed) {
  if (!may_be_forwarded(name)) return false;
  const auto fits = [&](std::string_view pattern) {
    return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
  };
  return std::any_of(common_headers.begin(), common_headers.end(), fits) ||
         std::any_of(allowed.begin(), allowed.end(), fits);
}

bool matches_any(const std::vector<CallPattern>& patterns, const RequestHead& head, std::string_view path) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const CallPattern& pattern) { return pattern.matches(head.method, path); });
}

/// Git hosting services stand below a component of their own: a service may have any host's name.
constexpr std::string_view git_prefix = "/git";

/// "/openai/v1/responses" is "/responses" of the route openai with the base path /v1.
struct Place {
  const BrokerRoute* route = nullptr;
  std::string_view path;  ///< below the route's base; empty when it is not below it
};
Place find_place(const BrokerPlan& plan, std::string_view path) {
  for (const BrokerRoute& route : plan.routes) {
    const std::string prefix = (route.git ? std::string(git_prefix) : "") + "/" + route.name;
    if (!path.starts_with(prefix + "/")) continue;
    std::string_view rest = path.substr(prefix.size());
    if (!route.base_path.empty()) {
      if (!rest.starts_with(route.base_path + "/")) return {&route, {}};
      rest.remove_prefix(route.base_path.size());
    }
    return {&route, rest};
  }
  return {};
}

Refused refused(const BrokerRoute* route, Reason reason, std::string message) {
  return {route, refuse(reason, std::move(message))};
}

Refused wrong_credential(const BrokerRoute& route, Shown shown) {
  if (shown == Shown::nothing)
    return refused(&route, Reason::no_credential,
                   "the request carries no key; use the one in the session's environment");
  return refused(&route, Reason::wrong_credential,
                 "this key is not the session's own; only the placeholder in the session's environment is accepted");
}

Forward forward(const BrokerRoute& route, const RequestHead& head, std::string_view path, std::string_view query,
                Forward::Metering metering) {
  return {.route = &route,
          .method = head.method,
          .target = route.upstream.path + std::string(path) + filter_query(query, route.query),
          .headers = forwarded_headers(head, route.headers),
          .metering = metering,
          .expect = head.values("expect").empty() ? Forward::Expect::nothing : Forward::Expect::go_ahead};
}

}  // namespace

/// Headers that "connection" names belong to this hop, whatever they are.
std::vector<Header> forwarded_headers(const RequestHead& head, const std::vector<std::string>& allowed) {
  std::vector<Header> result;
  for (const Header& header : head.headers) {
    if (is_forwarded(header.name, allowed) && !head.has_token("connection", header.name)) result.push_back(header);
  }
  return result;
}

std::string filter_query(std::string_view query, const std::vector<std::string>& allowed) {
  std::string result;
  for (const Parameter& parameter : parameters_of(query)) {
    if (std::find(allowed.begin(), allowed.end(), parameter.name) == allowed.end()) continue;
    result += result.empty() ? '?' : '&';
    result += parameter.text;
  }
  return result;
}

Shown shown_credential(const RequestHead& head, std::string_view query, std::string_view placeholder) {
  bool found = false;
  bool any = false;
  const auto look_at = [&](std::string_view value) {
    any = true;
    if (const auto space = value.find(' '); space != std::string_view::npos) {
      // "Bearer TOKEN": the scheme's case and name do not matter, the token does.
      value.remove_prefix(space + 1);
    }
    if (equal_in_constant_time(value, placeholder)) found = true;
  };
  for (const std::string_view name : credential_headers) {
    for (const std::string_view value : head.values(name)) look_at(value);
  }
  for (const Parameter& parameter : parameters_of(query)) {
    if (parameter.name == "key") look_at(percent_decoded(parameter.value));
  }
  if (placeholder.empty()) return Shown::something_else;
  return found ? Shown::placeholder : (any ? Shown::something_else : Shown::nothing);
}

Admission admit(const BrokerPlan& plan, const RequestHead& head) {
  const auto question = std::min(head.target.find('?'), head.target.size());
  const std::string_view target = head.target;
  const std::string_view path = target.substr(0, question);
  const std::string_view query = target.substr(std::min(question + 1, target.size()));
  // ";" separates parameters for some servers, "#" has no place in a request.
  if (!is_plain_path(path) || query.find_first_of(";#") != std::string_view::npos)
    return refused(nullptr, Reason::bad_request, "the request's target is not a plain path");

  const auto [route, call] = find_place(plan, path);
  if (route == nullptr) return refused(nullptr, Reason::unknown_route, "this session has no such service");
  if (!head.values("upgrade").empty())
    return refused(route, Reason::upgrade, "websockets are not forwarded; use plain requests");
  if (route->git) return admit_git(*route, head, call, query);
  if (matches_any(route->answered, head, call)) return AnswerOk{route};

  const bool metered = matches_any(route->metered, head, call);
  if (!metered && !matches_any(route->free, head, call))
    return refused(route, Reason::not_allowed,
                   fmt::format("{} {} is not among the calls that the provider {} allows",
                               escape_untrusted(head.method, 20), escape_untrusted(path, 200), route->name));
  if (const Shown shown = shown_credential(head, query, route->placeholder.view()); shown != Shown::placeholder)
    return wrong_credential(*route, shown);
  for (const std::string_view expected : head.values("expect")) {
    if (expected != "100-continue") return refused(route, Reason::bad_request, "the request expects what is not known");
  }
  return forward(*route, head, call, query, metered ? Forward::Metering::metered : Forward::Metering::free);
}

}  // namespace agentbox::broker
