// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/nocloud_seed.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

using nlohmann::json;

struct ArchiveDeleter {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct EntryDeleter {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

void check(int result, archive* handle) {
  if (result != ARCHIVE_OK) {
    throw Error(ErrorKind::environment, std::string("cannot write a seed image: ") + archive_error_string(handle));
  }
}

la_ssize_t append_to_string(archive* /*handle*/, void* target, const void* data, std::size_t size) {
  static_cast<std::string*>(target)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

void add_file(archive* handle, const char* name, const std::string& content) {
  const std::unique_ptr<archive_entry, EntryDeleter> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0600);
  check(archive_write_header(handle, entry.get()), handle);
  if (archive_write_data(handle, content.data(), content.size()) != static_cast<la_ssize_t>(content.size())) {
    check(ARCHIVE_FATAL, handle);
  }
}

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
  std::string bytes;
  const std::unique_ptr<archive, ArchiveDeleter> handle(archive_write_new());
  check(archive_write_set_format_iso9660(handle.get()), handle.get());
  check(archive_write_set_options(handle.get(), "iso9660:volume-id=cidata,iso9660:rockridge=useful,iso9660:!joliet"),
        handle.get());
  check(archive_write_open(handle.get(), &bytes, nullptr, append_to_string, nullptr), handle.get());
  add_file(handle.get(), "user-data", nocloud_user_data(seed));
  add_file(handle.get(), "meta-data", meta_data.dump(2) + "\n");
  check(archive_write_close(handle.get()), handle.get());
  write_file_atomically(image, bytes, 0600);
}

}  // namespace agentbox
