// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_key.hpp"

#include "sys/files.hpp"

#include <nlohmann/json.hpp>

namespace agentbox {

using nlohmann::json;

std::string TemplateKey::name() const {
  constexpr std::size_t name_length = 12;  // the whole key stands in the manifest
  return sha256_hex(to_json(*this).dump(-1, ' ', true, json::error_handler_t::replace)).substr(0, name_length);
}

json to_json(const TemplateKey& key) {
  return {{"qemu", key.qemu},
          {"arguments", key.arguments_digest},
          {"base_build", key.base_build},
          {"helper", key.helper_digest},
          {"host_processor", key.host_processor},
          {"accelerator", to_string(key.shape.accelerator)},
          {"cpus", key.shape.cpus},
          {"memory", key.shape.memory.bytes()},
          {"disk", key.disk.bytes()}};
}

TemplateKey template_key_from_json(const json& value) {
  return {.qemu = value.at("qemu"),
          .arguments_digest = value.at("arguments"),
          .base_build = value.at("base_build"),
          .helper_digest = value.at("helper"),
          .host_processor = value.at("host_processor"),
          .shape = {.accelerator =
                        value.at("accelerator") == to_string(Accelerator::kvm) ? Accelerator::kvm : Accelerator::tcg,
                    .cpus = value.at("cpus"),
                    .memory = ByteSize(value.at("memory").get<std::uint64_t>())},
          .disk = ByteSize(value.at("disk").get<std::uint64_t>())};
}

}  // namespace agentbox
