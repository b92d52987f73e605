// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/host/gateway_plan.hpp"

#include "core/base64.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "egress/rules_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace agentbox {
namespace {

using Json = nlohmann::json;

using Limits = GatewayLimits;
constexpr std::array<std::pair<const char*, std::size_t Limits::*>, 13> kSizes{
    {{"connections", &Limits::connections},
     {"connections_at_full_speed", &Limits::connections_at_full_speed},
     {"crowded_buffer", &Limits::crowded_buffer},
     {"http_head", &Limits::http_head},
     {"names", &Limits::names},
     {"dns_message", &Limits::dns_message},
     {"tunnel_buffer", &Limits::tunnel_buffer},
     {"control_connections", &Limits::control_connections},
     {"control_line", &Limits::control_line},
     {"listed_refusals", &Limits::listed_refusals},
     {"open_questions", &Limits::open_questions},
     {"questions", &Limits::questions},
     {"denials_in_a_row", &Limits::denials_in_a_row}}};
constexpr std::array<std::pair<const char*, std::chrono::milliseconds Limits::*>, 8> kTimes{
    {{"question", &Limits::question},
     {"first_bytes", &Limits::first_bytes},
     {"silence", &Limits::silence},
     {"http_head_time", &Limits::http_head_time},
     {"keep_alive", &Limits::keep_alive},
     {"dial", &Limits::dial},
     {"idle", &Limits::idle},
     {"total", &Limits::total}}};
static_assert(sizeof(Limits) == kSizes.size() * sizeof(std::size_t) + kTimes.size() * sizeof(std::chrono::milliseconds),
              "a limit is missing above");

/// Times in milliseconds.
Json limits_to_json(const Limits& limits) {
  Json json;
  for (const auto& [name, size] : kSizes) json[name] = limits.*size;
  for (const auto& [name, time] : kTimes) json[name] = (limits.*time).count();
  return json;
}

Limits limits_from(const Json& json) {
  Limits limits;
  for (const auto& [name, size] : kSizes) limits.*size = json.at(name).get<std::size_t>();
  for (const auto& [name, time] : kTimes) limits.*time = std::chrono::milliseconds(json.at(name).get<std::int64_t>());
  return limits;
}

IpAddress address_from(const Json& json) {
  const auto address = IpAddress::parse(json.get<std::string>());
  if (!address || !address->is_v4()) {
    throw Error(ErrorKind::internal, "the gateway's plan holds a wrong address");
  }
  return *address;
}

Json proxy_to_json(const UpstreamProxy& proxy) {
  return {{"host", proxy.host}, {"port", proxy.port}, {"authorization", proxy.authorization}, {"direct", proxy.direct}};
}

UpstreamProxy proxy_from(const Json& json) {
  return {json.at("host").get<std::string>(), json.at("port").get<std::uint16_t>(),
          json.at("authorization").get<std::string>(), json.at("direct").get<std::vector<std::string>>()};
}

/// "user:pass" of a URL with its percent escapes taken out.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto hex = [&](std::size_t at) {
      return std::string_view("0123456789abcdef").find(static_cast<char>(text[at] | 0x20));
    };
    if (text[i] == '%' && i + 2 < text.size() && hex(i + 1) != std::string_view::npos &&
        hex(i + 2) != std::string_view::npos) {
      plain += static_cast<char>(hex(i + 1) * 16 + hex(i + 2));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

Error unusable(const std::string& why) {
  return {ErrorKind::environment, "the proxy in https_proxy cannot be used: " + why,
          "agentbox speaks to proxies of the form http://[USER:PASSWORD@]HOST:PORT"};
}

}  // namespace

std::optional<UpstreamProxy> upstream_proxy(const std::string& https_proxy, const std::string& no_proxy) {
  std::string_view url = https_proxy;
  if (url.empty()) {
    return std::nullopt;
  }
  if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else if (url.find("://") != std::string_view::npos) {
    throw unusable("its scheme is not http");
  }
  url = url.substr(0, url.find('/'));
  UpstreamProxy proxy;
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    proxy.authorization = "Basic " + to_base64(unescape(url.substr(0, at)));
    url.remove_prefix(at + 1);
  }
  const auto authority = parse_authority(url);  // the message does not name the URL: it may hold a password
  if (!authority || (!HostName::parse(authority->host) && !IpAddress::parse(authority->host))) {
    throw unusable("it names no host");
  }
  proxy.host = authority->host;
  proxy.port = authority->port.value_or(std::uint16_t{80});
  for (const std::string& entry : split(no_proxy, ',')) {
    if (const auto name = trim(entry); !name.empty()) {
      proxy.direct.emplace_back(name);
    }
  }
  return proxy;
}

bool goes_direct(const UpstreamProxy& proxy, const std::string& name) {
  return std::any_of(proxy.direct.begin(), proxy.direct.end(), [&](std::string_view entry) {
    if (entry == "*" || entry == name) {
      return true;
    }
    const std::string suffix = entry.starts_with('.') ? std::string(entry) : "." + std::string(entry);
    return name.ends_with(suffix);
  });
}

Json to_json(const GatewayPlan& plan) {
  return {{"session", plan.session},
          {"policy", plan.policy},
          {"rules", to_json(plan.rules)},
          {"address", plan.address.to_string()},
          {"proxy_port", plan.proxy_port},
          {"broker_port", plan.broker_port},
          {"synthetic_first", plan.synthetic.first.to_string()},
          {"synthetic_size", plan.synthetic.size},
          {"proxy", plan.proxy ? proxy_to_json(*plan.proxy) : Json()},
          {"broker", plan.broker},
          {"limits", limits_to_json(plan.limits)}};
}

GatewayPlan gateway_plan_from_json(Json&& json) {
  try {
    return {.session = json.at("session").get<std::string>(),
            .policy = json.at("policy").get<std::string>(),
            .rules = egress_rules_from_json(json.at("rules")),
            .address = address_from(json.at("address")),
            .proxy_port = json.at("proxy_port").get<std::uint16_t>(),
            .broker_port = json.at("broker_port").get<std::uint16_t>(),
            .synthetic = {address_from(json.at("synthetic_first")), json.at("synthetic_size").get<std::uint32_t>()},
            .proxy = json.at("proxy").is_null() ? std::nullopt : std::optional(proxy_from(json.at("proxy"))),
            .broker = std::move(json.at("broker")),
            .limits = limits_from(json.at("limits"))};
  } catch (const Json::exception&) {  // its text may quote the plan, which holds secrets
    throw Error(ErrorKind::internal, "the gateway's plan is not as it should be");
  }
}

void wipe_secrets(GatewayPlan& plan) noexcept {
  wipe_secrets(plan.broker);
  if (plan.proxy) {
    wipe(plan.proxy->authorization);
  }
}

}  // namespace agentbox
