// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/nocloud_seed.hpp"

#include <nlohmann/json.hpp>

#include "image/base/archive_writer.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

using nlohmann::json;

}  // namespace

// JSON, which is YAML, too: no value can become another key.
std::string nocloud_user_data(const NoCloudSeed& seed) {
  const json config = {
      // No user of the vendor's choice: root's key is for us, uid 1000 is for the definition's user.
      {"users", json::array()},
      {"disable_root", false},
      {"ssh_authorized_keys", {seed.authorized_key}},
      {"ssh_pwauth", false},
      {"ssh_deletekeys", true},
      {"ssh_keys", {{"ed25519_private", seed.host_private_key}, {"ed25519_public", seed.host_public_key}}},
      {"ssh", {{"emit_keys_to_console", false}}},
      {"growpart", {{"mode", "auto"}, {"devices", {"/"}}}},
      {"resize_rootfs", true},
      {"package_update", false},
      {"package_upgrade", false},
  };
  return "#cloud-config\n" + config.dump(2) + "\n";
}

void write_nocloud_seed(const std::filesystem::path& image, const NoCloudSeed& seed) {
  const json meta_data = {{"instance-id", seed.instance_id}, {"local-hostname", "agentbox"}};
  ArchiveWriter iso(ArchiveWriter::Format::nocloud_iso);
  iso.add({.path = "user-data", .content = nocloud_user_data(seed), .mode = 0600});
  iso.add({.path = "meta-data", .content = meta_data.dump(2) + "\n", .mode = 0600});
  write_file_atomically(image, iso.finish(), 0600);
}

}  // namespace agentbox
