// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"
#include "vm/qemu/spec.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace agentbox {

/// What a template is valid for, to the letter. Anything else: another template, or a cold boot.
struct TemplateKey {
  std::string qemu;              ///< QemuProgram::build
  std::string arguments_digest;  ///< of QEMU's argv with all paths taken out: machine type, processor model, devices
  std::string base_build;        ///< directory of the base build
  std::string helper_digest;     ///< of agentbox-guest, which waits in the template
  /// A guest under KVM has the host's processor: a digest of that. Under emulation it is QEMU's own, and this is empty.
  std::string host_processor;
  MachineShape shape;
  ByteSize disk;

  /// 12 hexadecimal digits: how the directory begins.
  [[nodiscard]] std::string name() const;
  friend bool operator==(const TemplateKey&, const TemplateKey&) = default;
};

nlohmann::json to_json(const TemplateKey& key);
/// Throws nlohmann::json::exception when it is no key.
TemplateKey template_key_from_json(const nlohmann::json& value);

}  // namespace agentbox
