// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/resources.hpp"

#include "core/error.hpp"
#include "sys/files.hpp"
#include "sys/process_usage.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>

namespace agentbox {
namespace {

using Json = nlohmann::json;

/// The broker's summary comes from a process that reads hostile bytes.
template <typename Number>
Number number_or_zero(const Json& value, const char* key) {
  const auto found = value.is_object() ? value.find(key) : value.end();
  return found != value.end() && found->is_number() ? found->template get<Number>() : Number{};
}

std::uint64_t occupied(const std::filesystem::path& file) {
  try {
    return allocated_bytes(file);
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace

ResourceSample take_sample(pid_t vm, const std::filesystem::path& disk, const EgressSummary& network) {
  const ProcessUsage usage = usage_with_descendants(vm).value_or(ProcessUsage{});
  const Json tokens = network.broker.is_object() ? network.broker.value("tokens", Json()) : Json();
  return {.at = {},
          .processor = usage.processor,
          .memory = usage.memory.bytes(),
          .disk = occupied(disk),
          .bytes_up = network.bytes_up,
          .bytes_down = network.bytes_down,
          .tokens = number_or_zero<std::uint64_t>(tokens, "total"),
          .cost = number_or_zero<double>(network.broker, "cost_usd")};
}

ResourceSampler::ResourceSampler(std::function<ResourceSample()> take, std::chrono::milliseconds interval)
    : take_(std::move(take)), timer_(interval), began_(Clock::now()) {
  add();
}

void ResourceSampler::add() {
  try {
    ResourceSample sample = take_();
    sample.at = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
    samples_.push_back(sample);
  } catch (const Interrupted& interrupted) {
    ::raise(interrupted.signal_number());  // for who waits for it: the relay, or what comes behind
  } catch (const Error&) {
    // A gateway that has died tells nothing any more.
  }
}

SideService::Served ResourceSampler::serve() {
  timer_.take();
  if (++turns_ % every_ != 0) {
    return Served::go_on;
  }
  if (samples_.size() >= most) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < samples_.size(); i += 2) {
      samples_[kept++] = samples_[i];
    }
    samples_.resize(kept);
    every_ *= 2;
  }
  add();
  return Served::go_on;
}

void ResourceSampler::finish() { add(); }

Json to_json(const std::vector<ResourceSample>& samples) {
  Json rows = Json::array();
  for (const auto& sample : samples) {
    rows.push_back({sample.at.count(), sample.processor.count(), sample.memory, sample.disk, sample.bytes_up,
                    sample.bytes_down, sample.tokens, sample.cost});
  }
  return rows;
}

std::vector<ResourceSample> samples_from_json(const Json& rows) {
  std::vector<ResourceSample> samples;
  if (!rows.is_array()) {
    return samples;
  }
  for (const auto& row : rows) {
    constexpr std::size_t columns = 8;
    const auto counts = [](const Json& value) { return value.is_number_integer() && value.get<std::int64_t>() >= 0; };
    if (row.is_array() && row.size() == columns && std::all_of(row.begin(), row.end() - 1, counts) &&
        row.back().is_number()) {
      samples.push_back({.at = std::chrono::milliseconds(row[0].get<std::int64_t>()),
                         .processor = std::chrono::milliseconds(row[1].get<std::int64_t>()),
                         .memory = row[2].get<std::uint64_t>(),
                         .disk = row[3].get<std::uint64_t>(),
                         .bytes_up = row[4].get<std::uint64_t>(),
                         .bytes_down = row[5].get<std::uint64_t>(),
                         .tokens = row[6].get<std::uint64_t>(),
                         .cost = row[7].get<double>()});
    }
  }
  return samples;
}

}  // namespace agentbox
