// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "gateway/broker/parts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/ssl.h>

#include <array>
#include <filesystem>

namespace agentbox {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

/// The system's bundle, where it is one file. A directory of authorities is read certificate by certificate while
/// connections are made, and by then this process may not see it any more.
constexpr std::array<const char*, 3> bundles{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                             "/etc/ssl/cert.pem"};

void check(const error_code& failure, const std::string& attempted) {
  if (failure)
    throw Error(ErrorKind::environment, fmt::format("cannot read {}: {}", attempted, failure.message()),
                "without it no service can prove who it is");
}

/// The first of the bundles that this system has. None is no error: upstreams may do without, or bring their own.
void load_system_bundle(ssl::context& tls) {
  for (const char* bundle : bundles) {
    if (!std::filesystem::exists(bundle)) continue;
    error_code failure;
    tls.load_verify_file(bundle, failure);
    if (!failure) return;
  }
}

void load_authorities(ssl::context& tls, const BrokerPlan& plan) {
  error_code failure;
  if (!plan.ca_file.empty()) {
    tls.load_verify_file(plan.ca_file, failure);
    check(failure, "the certificate authorities in " + plan.ca_file);
  } else {
    tls.set_default_verify_paths(failure);
    check(failure, "the system's certificate authorities");
    load_system_bundle(tls);
  }
  if (plan.extra_ca.empty()) return;
  // Asio takes a text without any certificate for the end of a list.
  if (plan.extra_ca.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
    failure = boost::asio::error::invalid_argument;
  check(failure, "the extra certificate authority");
  tls.add_certificate_authority(boost::asio::buffer(plan.extra_ca), failure);
  check(failure, "the extra certificate authority");
}

}  // namespace

BrokerState::Parts::Parts(BrokerPlan session_plan)
    : plan(std::move(session_plan)), ledger(plan.caps, plan.prices), tls(ssl::context::tls_client) {
  ::SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  tls.set_verify_mode(ssl::verify_peer);
  load_authorities(tls, plan);
}

BrokerState BrokerState::from_json(const nlohmann::json& plan) { return BrokerState(broker_plan_from_json(plan)); }
BrokerState::BrokerState(BrokerPlan plan) : parts_(std::make_unique<Parts>(std::move(plan))) {}
BrokerState::BrokerState(BrokerState&&) noexcept = default;
BrokerState& BrokerState::operator=(BrokerState&&) noexcept = default;
BrokerState::~BrokerState() = default;

nlohmann::json BrokerState::summary() const { return broker::to_json(parts_->ledger); }

void BrokerState::on_event(std::function<void(const BrokerEvent&)> observer) { parts_->observer = std::move(observer); }

}  // namespace agentbox
