// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/git_access.hpp"
#include "config/policy.hpp"
#include "config/price_table.hpp"
#include "config/provider.hpp"
#include "core/secret_text.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// A URL taken apart: where the broker connects to, and nowhere else.
struct Upstream {
  enum class Scheme { http, https } scheme = Scheme::https;
  std::string host;  ///< a name, or an address without brackets
  std::uint16_t port = 443;
  std::string path;  ///< put before every call's path; empty, or "/v1" without a slash at the end

  /// Throws Error{usage}: not http or https, a user name, a query, a path that is not plain, a port out of range.
  static Upstream parse(const std::string& url);
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Upstream&, const Upstream&) = default;
};

/// One provider in one session: what the guest reaches below /NAME, and what it is turned into. Or a git hosting service,
/// below /git/NAME: then git says what may be called, and the lists are empty.
struct BrokerRoute {
  std::string name;       ///< of the provider; the first component of the guest's path
  std::string base_path;  ///< "/v1" or empty; comes next in the guest's path, and is part of upstream
  Upstream upstream;
  WireFormat wire = WireFormat::openai;
  SecretText placeholder;  ///< what the guest must show; of this session and route only
  std::string header;      ///< that carries the real key; empty: the upstream needs none
  std::string scheme;      ///< "Bearer", or empty
  SecretText key;
  SecretText bare_key;  ///< what key is an encoding of, masked as well; empty: nothing
  std::vector<CallPattern> metered;
  std::vector<CallPattern> free;
  std::vector<CallPattern> answered;
  std::vector<std::string> headers;
  std::vector<std::string> query;
  UsagePaths usage;
  enum class Pricing { listed, free_of_charge } pricing = Pricing::listed;  ///< free: a model of one's own
  std::optional<GitAccess> git;
};

/// Bounds of what one session may make the broker do. docs/broker.md says what happens at each.
struct BrokerLimits {
  std::size_t head_bytes = 32 * 1024;  ///< of a request or response, with its first line
  std::size_t headers = 100;
  std::uint64_t request_body = 128ULL * 1024 * 1024;
  std::uint64_t push_body = 2ULL * 1024 * 1024 * 1024;  ///< of a git push, which large services limit to the same
  std::size_t calls_at_once = 32;  ///< and of idle upstream connections, which are kept for the next call
  std::size_t connections = 128;   ///< of the guest's, at once
  std::chrono::milliseconds head_time{15'000};      ///< from a head's first byte to its last
  std::chrono::milliseconds keep_alive{120'000};    ///< between two requests
  std::chrono::milliseconds connect_time{20'000};   ///< name, TCP and TLS together
  std::chrono::milliseconds transfer_idle{60'000};  ///< without a byte in the middle of a request
  std::chrono::milliseconds answer_idle{900'000};   ///< without a byte of the answer: a model may think for long
};

/// All that the broker of one session knows. Holds the real keys: it goes to the gateway by a descriptor
/// (host/plan_memory.hpp) and is never printed, logged or stored. A value, but for the secrets, which move.
struct BrokerPlan {
  std::vector<BrokerRoute> routes;
  UsageCaps caps;
  PriceTable prices;
  std::string ca_file;   ///< authorities that upstreams are verified with; empty: the system's
  std::string extra_ca;  ///< further ones, PEM
  BrokerLimits limits;
};

/// The first route to a model service; nullptr: there is none.
const BrokerRoute* model_route(const BrokerPlan& plan);

/// The plan's form on the way to the gateway. Holds the keys: wipe_secrets() afterwards (gateway/wipe_json.hpp).
nlohmann::json to_json(const BrokerPlan& plan);
/// Throws Error{internal} for anything that to_json() does not write.
BrokerPlan broker_plan_from_json(const nlohmann::json& value);

}  // namespace agentbox
