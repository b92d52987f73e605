// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace agentbox {

/// What a cloud image learns at its first boot.
struct NoCloudSeed {
  std::string instance_id;       ///< another one for each build: cloud-init then takes its first boot for one
  std::string authorized_key;    ///< who may log in as root
  std::string host_private_key;  ///< what the guest's sshd shows, so that we need not trust on first use
  std::string host_public_key;
};

/// The `user-data` for cloud-init ("#cloud-config"). Pure.
std::string nocloud_user_data(const NoCloudSeed& seed);

/// Writes an ISO 9660 volume labelled `cidata` with user-data and meta-data, the form that cloud-init's NoCloud source looks
/// for. It holds a private key: mode 0600. Throws Error{environment}.
void write_nocloud_seed(const std::filesystem::path& image, const NoCloudSeed& seed);

}  // namespace agentbox
