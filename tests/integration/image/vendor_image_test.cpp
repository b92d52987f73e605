// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/vendor_image.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox::vendor_image_test {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr ByteSize image_size = ByteSize::mebibytes(3);
constexpr ByteSize disk_size = ByteSize::mebibytes(64);

/// A raw disk with a boot sector, and QEMU's own tool to make others of it.
class VendorImages {
 public:
  VendorImages() {
    if (find_program("qemu-img").empty()) test::skip("qemu-img is not installed");
    std::string bytes(image_size.bytes(), '\0');
    bytes[510] = '\x55';
    bytes[511] = '\xaa';
    bytes.replace(1 << 20, 8, "contents");
    write_file_atomically(raw, bytes);
    write_file_atomically(secret, std::string(1 << 20, 's'));
  }

  std::string qemu_img(const std::vector<std::string>& arguments) const {
    std::vector<std::string> argv{"qemu-img"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const Captured result = run_and_capture({.argv = argv}, std::chrono::seconds(120));
    INFO(result.error_output);
    REQUIRE(result.status.success());
    return result.output;
  }
  [[nodiscard]] std::string refusal(const fs::path& hostile) const {
    try {
      import_vendor_image(hostile, disk, disk_size);
      return "not refused";
    } catch (const Error& error) {
      return error.what();
    }
  }
  void check_imported() const {
    const json info = json::parse(qemu_img({"info", "--output=json", "-f", "qcow2", disk}));
    CHECK(info.at("virtual-size") == disk_size.bytes());
    CHECK_FALSE(info.contains("backing-filename"));
    const fs::path back = directory.path() / "back.raw";
    qemu_img({"convert", "-f", "qcow2", "-O", "raw", disk, back});
    const std::string bytes = read_file(back, disk_size);
    CHECK(bytes.substr(0, image_size.bytes()) == read_file(raw));
    CHECK(bytes.find_first_not_of('\0', image_size.bytes()) == std::string::npos);
  }

  TempDir directory{fs::temp_directory_path(), "vendor"};
  fs::path raw = directory.path() / "image.raw";
  fs::path secret = directory.path() / "secret";
  fs::path image = directory.path() / "image.qcow2";
  fs::path disk = directory.path() / "disk.qcow2";
};

}  // namespace

TEST_CASE("a raw image becomes a disk of the wanted size") {
  const VendorImages images;
  import_vendor_image(images.raw, images.disk, disk_size);
  images.check_imported();
}

TEST_CASE("so does a qcow2 image, of either version, compressed or not") {
  const VendorImages images;
  const std::vector<std::string> how = GENERATE(std::vector<std::string>{"-o", "compat=0.10"}, std::vector<std::string>{"-c"},
                                                std::vector<std::string>{"-o", "extended_l2=on,cluster_size=128k"});
  std::vector<std::string> arguments{"convert", "-f", "raw", "-O", "qcow2"};
  arguments.insert(arguments.end(), how.begin(), how.end());
  arguments.insert(arguments.end(), {images.raw, images.image});
  images.qemu_img(arguments);
  import_vendor_image(images.image, images.disk, disk_size);
  images.check_imported();
}

TEST_CASE("an image over a file of the host is not opened") {
  // The image says: what I do not hold myself, read from this file of yours. Converted, the guest's disk would hold it.
  const VendorImages images;
  images.qemu_img({"create", "-q", "-f", "qcow2", "-b", images.secret, "-F", "raw", images.image});
  CHECK_THAT(images.refusal(images.image), Contains("backing file"));
  CHECK_FALSE(fs::exists(images.disk));
}

TEST_CASE("an image that keeps its data in a file of the host is not opened") {
  const VendorImages images;
  images.qemu_img({"create", "-q", "-f", "qcow2", "-o", "data_file=" + images.secret.string() + ",data_file_raw=on", images.image, "1M"});
  CHECK_THAT(images.refusal(images.image), Contains("another file"));
  CHECK_FALSE(fs::exists(images.disk));
}

TEST_CASE("a raw disk that begins like another format stays raw") {
  // Were its format guessed, a "raw" image could pose as a vmdk that names other files.
  const VendorImages images;
  std::string bytes = read_file(images.raw);
  const std::string vmdk = "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\n"
                           "RW 2048 FLAT \"" + images.secret.string() + "\" 0\n";
  bytes.replace(0, vmdk.size(), vmdk);
  write_file_atomically(images.raw, bytes);
  import_vendor_image(images.raw, images.disk, disk_size);
  images.check_imported();
}

TEST_CASE("an image that is larger than the disk is refused with what to do") {
  const VendorImages images;
  images.qemu_img({"create", "-q", "-f", "qcow2", images.image, "1T"});
  try {
    import_vendor_image(images.image, images.disk, disk_size);
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Contains("larger than the base's 64 MiB"));
    CHECK_THAT(error.hint(), Contains("size:"));
  }
}

TEST_CASE("an image that is damaged otherwise fails with QEMU's words") {
  const VendorImages images;
  images.qemu_img({"convert", "-f", "raw", "-O", "qcow2", images.raw, images.image});
  std::string bytes = read_file(images.image);
  bytes[47] = 1;  // the L1 table's offset, which must be that of a cluster
  write_file_atomically(images.image, bytes);
  CHECK_THAT(images.refusal(images.image), Contains("cannot convert the downloaded disk image"));
}

}  // namespace agentbox::vendor_image_test
