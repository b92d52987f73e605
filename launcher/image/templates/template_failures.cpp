// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_failures.hpp"

#include "sys/files.hpp"

#include <nlohmann/json.hpp>

namespace agentbox {
namespace {

using nlohmann::json;
using std::chrono::system_clock;

constexpr int most_in_a_row = 2;
constexpr std::chrono::hours patience{24};

struct Failures {
  int count = 0;
  std::string reason;
  std::int64_t last = 0;  ///< seconds since the epoch
};

// What cannot be read is no failure: the worst that follows is one more attempt.
Failures load_failures(const std::filesystem::path& file) {
  const json value = json::parse(read_file_if_exists(file).value_or(""), nullptr, false);
  try {
    return {.count = value.at("count"), .reason = value.at("reason"), .last = value.at("last")};
  } catch (const json::exception&) {
    return {};
  }
}

std::optional<std::string> reason_to_give_up(const std::filesystem::path& file, system_clock::time_point now) {
  const Failures failures = load_failures(file);
  const auto age = now - system_clock::from_time_t(failures.last);
  if (failures.count < most_in_a_row || age > patience || age < -patience) {
    return std::nullopt;
  }
  return failures.reason;
}

}  // namespace

TemplateFailures::TemplateFailures(const std::filesystem::path& templates) : directory_(templates / ".failures") {}

TemplateFailures::Verdict TemplateFailures::note(const TemplateKey& key, const std::string& reason) const {
  make_directories(directory_);
  const std::filesystem::path file = directory_ / key.name();
  const int count = load_failures(file).count + 1;
  const json value = {{"count", count}, {"reason", reason}, {"last", system_clock::to_time_t(system_clock::now())}};
  write_file_atomically(file, value.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  return count < most_in_a_row ? Verdict::try_again : Verdict::give_up;
}

void TemplateFailures::forget(const TemplateKey& key) const {
  std::error_code none;
  std::filesystem::remove(directory_ / key.name(), none);
}

std::optional<std::string> TemplateFailures::given_up(const TemplateKey& key, system_clock::time_point now) const {
  return reason_to_give_up(directory_ / key.name(), now);
}

std::vector<std::string> TemplateFailures::all_given_up(system_clock::time_point now) const {
  std::vector<std::string> reasons;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, none)) {
    if (auto reason = reason_to_give_up(entry.path(), now)) {
      reasons.push_back(std::move(*reason));
    }
  }
  return reasons;
}

}  // namespace agentbox
