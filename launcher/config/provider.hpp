// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/call_pattern.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// The family of APIs a provider belongs to: the form in which its clients expect an error.
/// git: one line of plain text, which git shows.
enum class WireFormat { anthropic, openai, google, git };

/// One way to authenticate with a provider: which header carries the secret, and what a session gets instead of it.
struct CredentialKind {
  std::string name;         ///< "api-key": what an agent profile's key refers to
  std::string header;       ///< lower case: "x-api-key", "authorization"
  std::string scheme;       ///< "Bearer", or empty: the header's value is the secret alone
  std::string placeholder;  ///< "sk-ant-api03-{random}": shaped like a real key, because some clients look
};

/// Where responses tell what a call has used. Each path is one of keys, "message.usage.input_tokens", in the JSON body
/// or in the JSON of an event; lists on the way are passed through. A "+" adds paths up: "a.b + a.c". The largest value
/// of all paths and events counts: a stream repeats its totals while they grow.
struct UsagePaths {
  std::vector<std::string> model;
  std::vector<std::string> input;
  std::vector<std::string> cached_input;  ///< read from the provider's cache
  std::vector<std::string> cache_write;
  std::vector<std::string> output;
  /// Whether "input" counts what was read from the cache, too.
  enum class Cached { apart, included } cached = Cached::apart;
};

/// A model service as the broker needs to know it. agents/providers/NAME.yaml.
struct Provider {
  std::string name;
  std::string description;
  std::string upstream;   ///< https://api.openai.com/v1: what an agent would have as its base URL
  std::string base_path;  ///< "/v1" or empty: the end of upstream that clients may take for granted in a base URL
  WireFormat wire = WireFormat::openai;
  std::vector<CredentialKind> credentials;
  std::vector<CallPattern> metered;   ///< model calls: counted, capped
  std::vector<CallPattern> free;      ///< allowed, too, and cost nothing
  std::vector<CallPattern> answered;  ///< answered by the broker itself, with 200 and nothing else
  std::vector<std::string> headers;   ///< of requests: what is forwarded, "anthropic-*" for a group
  std::vector<std::string> query;     ///< names of the query's parameters that are forwarded
  UsagePaths usage;
  std::filesystem::path source;
};

/// Whether a definition may let this request header through. Never: credentials in any form, hop-by-hop headers, and
/// those that change what a request means (another method, another URL, somebody else's address).
bool may_be_forwarded(std::string_view lower_case_header);

}  // namespace agentbox
