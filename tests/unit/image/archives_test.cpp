// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/guest_archive.hpp"
#include "image/base/nocloud_seed.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/image_support.hpp"
#include "sys/files.hpp"

namespace agentbox::archives_test {

using namespace agentbox::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Unpacked {
  std::string content;
  unsigned mode;
  long uid;
  long gid;
  friend bool operator==(const Unpacked&, const Unpacked&) = default;
};

/// Regular files by name, read by libarchive in any format that it knows.
std::map<std::string, Unpacked> unpack(const std::string& bytes) {
  const std::unique_ptr<archive, decltype(&archive_read_free)> handle(archive_read_new(), archive_read_free);
  archive_read_support_format_all(handle.get());
  REQUIRE(archive_read_open_memory(handle.get(), bytes.data(), bytes.size()) == ARCHIVE_OK);
  std::map<std::string, Unpacked> files;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(handle.get(), &entry) == ARCHIVE_OK) {
    if (archive_entry_filetype(entry) != AE_IFREG) {
      continue;
    }
    std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    REQUIRE(archive_read_data(handle.get(), content.data(), content.size()) == static_cast<la_ssize_t>(content.size()));
    files[archive_entry_pathname(entry)] = {content, archive_entry_perm(entry), static_cast<long>(archive_entry_uid(entry)),
                                            static_cast<long>(archive_entry_gid(entry))};
  }
  return files;
}

const NoCloudSeed seed{.instance_id = "agentbox-17",
                       .authorized_key = "ssh-ed25519 AAAAlogin",
                       .host_private_key = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n",
                       .host_public_key = "ssh-ed25519 AAAAhost"};

}  // namespace

TEST_CASE("a tar archive brings back names, bytes, modes and owners") {
  const std::string binary("\0\xff\r\n", 4);
  const auto files = unpack(tar_of({{.path = "usr/lib/x", .content = binary, .mode = 0755},
                                    {.path = "empty", .content = "", .mode = 0600},
                                    {.path = "home/agent/note", .content = "hi\n", .mode = 0640, .uid = 1000}}));
  CHECK(files == std::map<std::string, Unpacked>{{"usr/lib/x", {binary, 0755, 0, 0}},
                                                 {"empty", {"", 0600, 0, 0}},
                                                 {"home/agent/note", {"hi\n", 0640, 1000, 1000}}});
}

TEST_CASE("long names and names beyond ASCII survive the archive") {
  // libarchive wants to translate names for the pax format, which fails in the C locale that we run in.
  const std::string deep = std::string(90, 'a') + "/" + std::string(200, 'b') + "/c";
  const std::string umlaut = "home/agent/\xc3\xa9t\xc3\xa9";
  const auto files = unpack(tar_of({{.path = deep, .content = "1", .mode = 0644}, {.path = umlaut, .content = "2", .mode = 0644}}));
  CHECK(files.count(deep) == 1);
  CHECK(files.count(umlaut) == 1);
}

TEST_CASE("the archive holds the helper, its scripts and the keys, the host's key for root alone") {
  const Definitions place;
  place.write("base-images/guest/setup.sh", "setup");
  place.write("base-images/guest/init", "init");
  place.write("helper", "ELF");
  const fs::path root = place.catalog().shipped_directory();
  const auto files = unpack(tar_of(guest_entries({.definitions = root, .guest_helper = root / "helper", .wire_program = {}, .gateway_program = {}}, "private", "public")));
  const std::string home = "usr/lib/agentbox/";
  CHECK(files == std::map<std::string, Unpacked>{{home + "agentbox-guest", {"ELF", 0755, 0, 0}},
                                                 {home + "setup.sh", {"setup", 0755, 0, 0}},
                                                 {home + "init", {"init", 0755, 0, 0}},
                                                 {home + "keys/host_key", {"private", 0600, 0, 0}},
                                                 {home + "keys/authorized_key", {"public\n", 0644, 0, 0}}});
}

TEST_CASE("a definition's files become entries") {
  const Definitions place;
  place.write("data", "from a file");
  const fs::path source = place.catalog().shipped_directory() / "data";
  const auto entries = file_entries({{.path = "/etc/a", .content = "text", .source = {}, .mode = 0600, .owner = "root"},
                                     {.path = "/home/agent/b", .content = {}, .source = source, .mode = 0755, .owner = "user"}});
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].path == "etc/a");
  CHECK(entries[0].content == "text");
  CHECK(entries[0].mode == 0600);
  CHECK(entries[0].uid == 0);
  CHECK(entries[1].content == "from a file");
  CHECK(entries[1].uid == 1000);
  CHECK_THROWS_AS(file_entries({{.path = "/x", .content = {}, .source = source.string() + "-missing"}}), Error);
}

TEST_CASE("write_tar writes the same, for nobody else to read") {
  const TempDir directory(fs::temp_directory_path(), "tar");
  const std::vector<ArchiveEntry> entries{{.path = "a", .content = "secret", .mode = 0600}};
  write_tar(directory.path() / "x.tar", entries);
  CHECK(read_file(directory.path() / "x.tar") == tar_of(entries));
  CHECK((fs::status(directory.path() / "x.tar").permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("what cloud-init is told") {
  const std::string text = nocloud_user_data(seed);
  REQUIRE(text.starts_with("#cloud-config\n"));
  const json config = json::parse(text.substr(text.find('\n')));
  CHECK(config.at("disable_root") == false);
  CHECK(config.at("ssh_authorized_keys") == json::array({seed.authorized_key}));
  CHECK(config.at("ssh_keys").at("ed25519_private") == seed.host_private_key);
  CHECK(config.at("ssh_keys").at("ed25519_public") == seed.host_public_key);
  CHECK(config.at("ssh_pwauth") == false);
  CHECK(config.at("users") == json::array());  // no user of the vendor's
  CHECK(config.at("growpart").at("devices") == json::array({"/"}));
  CHECK(config.at("package_upgrade") == false);
}

TEST_CASE("a value cannot become another key of the user-data") {
  NoCloudSeed hostile = seed;
  hostile.authorized_key = "x\"]\nruncmd: [\"touch /pwned\"]\n#";
  const std::string text = nocloud_user_data(hostile);
  const json config = json::parse(text.substr(text.find('\n')));
  CHECK_FALSE(config.contains("runcmd"));
  CHECK(config.at("ssh_authorized_keys").at(0) == hostile.authorized_key);
}

TEST_CASE("the seed is an ISO 9660 volume called cidata") {
  const TempDir directory(fs::temp_directory_path(), "seed");
  const fs::path image = directory.path() / "seed.iso";
  write_nocloud_seed(image, seed);
  const std::string bytes = read_file(image);
  REQUIRE(bytes.size() > 17 * 2048);
  CHECK(bytes.size() % 512 == 0);  // else QEMU refuses it as a disk
  const std::string descriptor = bytes.substr(16 * 2048, 2048);
  CHECK(descriptor.substr(0, 6) == "\1CD001");
  CHECK(descriptor.substr(40, 7) == "CIDATA ");  // as the standard spells it; cloud-init looks for either case
  const auto files = unpack(bytes);
  REQUIRE(files.size() == 2);
  CHECK(files.at("user-data").content == nocloud_user_data(seed));
  CHECK(json::parse(files.at("meta-data").content) == json{{"instance-id", "agentbox-17"}, {"local-hostname", "agentbox"}});
  struct stat status {};
  REQUIRE(stat(image.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600);
}

}  // namespace agentbox::archives_test
