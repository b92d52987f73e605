// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "integration/vm/vm_support.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

namespace agentbox::overlay_test {

using namespace agentbox::test;

// QEMU's own tools judge the overlays that we write ourselves.

namespace {

Captured run(std::vector<std::string> argv) {
  return run_and_capture({.argv = std::move(argv), .environment = {}, .working_directory = {}, .fds = {}},
                         std::chrono::seconds(60));
}

std::string must_run(std::vector<std::string> argv) {
  const Captured result = run(std::move(argv));
  INFO(result.output + result.error_output);
  REQUIRE(result.status.success());
  return result.output;
}

nlohmann::json image_info(const std::filesystem::path& image) {
  return nlohmann::json::parse(must_run({"qemu-img", "info", "--output=json", image.native()}));
}

}  // namespace

TEST_CASE("an overlay is what qemu-img would have made") {
  need_program("qemu-img");
  need_program("qemu-io");
  const VmTest test;
  const auto base = test.path() / "ba se,a=b.qcow2";
  const auto overlay = test.path() / "overlay.qcow2";
  must_run({"qemu-img", "create", "-q", "-f", "qcow2", base.native(), "1G"});
  must_run({"qemu-io", "-c", "write -P 0x11 0 128k", base.native()});
  create_overlay(overlay, {base});

  must_run({"qemu-img", "check", overlay.native()});
  const auto info = image_info(overlay);
  CHECK(info["virtual-size"] == ByteSize::gibibytes(1).bytes());
  CHECK(info["full-backing-filename"] == base.native());
  CHECK(info["backing-filename-format"] == "qcow2");
  CHECK(info["format-specific"]["data"]["compat"] == "1.1");

  // Reads come from the base, writes stay in the overlay, at both ends of the disk.
  const auto done = must_run({"qemu-io", "-c", "read -P 0x11 0 128k", "-c", "write -P 0x22 64k 64k", "-c",
                              "write -P 0x33 1023M 1M", "-c", "read -P 0x11 0 64k", "-c", "read -P 0x22 64k 64k", "-c",
                              "read -P 0x33 1023M 1M", overlay.native()});
  CHECK(done.find("failed") == std::string::npos);
  must_run({"qemu-img", "check", overlay.native()});
  CHECK(must_run({"qemu-io", "-r", "-c", "read -P 0x11 0 128k", base.native()}).find("failed") == std::string::npos);
}

TEST_CASE("an overlay may be larger than its base, never smaller, and over a raw one") {
  need_program("qemu-img");
  const VmTest test;
  const auto base = test.path() / "base.raw";
  must_run({"qemu-img", "create", "-q", "-f", "raw", base.native(), "10M"});
  const DiskLayer layer{base, DiskLayer::Format::raw};
  create_overlay(test.path() / "larger", layer, ByteSize::gibibytes(20));
  create_overlay(test.path() / "smaller", layer, ByteSize::mebibytes(1));
  CHECK(image_info(test.path() / "larger")["virtual-size"] == ByteSize::gibibytes(20).bytes());
  CHECK(image_info(test.path() / "smaller")["virtual-size"] == ByteSize::mebibytes(10).bytes());
  must_run({"qemu-img", "check", (test.path() / "larger").native()});
}

TEST_CASE("a terabyte needs a larger first table, and gets it") {
  need_program("qemu-img");
  const VmTest test;
  must_run({"qemu-img", "create", "-q", "-f", "qcow2", (test.path() / "base").native(), "9T"});
  create_overlay(test.path() / "overlay", {test.path() / "base"});
  must_run({"qemu-img", "check", (test.path() / "overlay").native()});
  CHECK(must_run({"qemu-io", "-c", "write 9437183M 1M", (test.path() / "overlay").native()}).find("failed") ==
        std::string::npos);
}

TEST_CASE("no overlay over what is no disk, nor over an existing file") {
  const VmTest test;
  write_file_atomically(test.path() / "base", "#!/bin/sh\n");
  CHECK_THROWS_AS(create_overlay(test.path() / "overlay", {test.path() / "base"}), Error);
  CHECK_FALSE(std::filesystem::exists(test.path() / "overlay"));
  CHECK_THROWS_AS(create_overlay(test.path() / "overlay", {test.path() / "missing"}), Error);

  write_file_atomically(test.path() / "base.raw", std::string(4096, 'x'));
  write_file_atomically(test.path() / "precious", "work");
  CHECK_THROWS_AS(create_overlay(test.path() / "precious", {test.path() / "base.raw", DiskLayer::Format::raw}), Error);
  CHECK(read_file(test.path() / "precious") == "work");
}

}  // namespace agentbox::overlay_test
