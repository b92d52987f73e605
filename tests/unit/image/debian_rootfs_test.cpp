// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/debian_rootfs.hpp"

#include "support/catch.hpp"
#include "support/image_support.hpp"

namespace agentbox::debian_rootfs_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

using Strings = std::vector<std::string>;

namespace {

/// /etc/apt of some host.
class AptDirectory {
 public:
  void write(const std::string& name, std::string_view text) const {
    fs::create_directories((root_.path() / name).parent_path());
    std::ofstream(root_.path() / name) << text;
  }
  /// "main|security", or "none".
  [[nodiscard]] std::string mirror() const {
    const auto found = host_debian_mirror(root_.path());
    return found ? found->main + "|" + found->security : "none";
  }

 private:
  TempDir root_{fs::temp_directory_path(), "apt"};
};

constexpr const char* one_line_style = R"(# cdrom:[Debian]/ bookworm main
#deb http://commented.example/debian bookworm main
deb http://mirror.example/debian/ bookworm main non-free-firmware
deb-src http://mirror.example/debian/ bookworm main

deb [arch=amd64 signed-by=/usr/share/keyrings/d.gpg] http://security.example/debian-security bookworm-security main
deb http://mirror.example/debian/ bookworm-updates main
)";

constexpr const char* deb822_style = R"(Types: deb deb-src
# the company's own
URIs: https://apt.corp.example/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://apt.corp.example/debian-security/
Suites: trixie-security
Components: main
)";

constexpr const char* third_party = "deb [arch=amd64] https://download.example/linux/debian bookworm stable\n";

}  // namespace

TEST_CASE("the host's mirror is found in a sources.list") {
  const AptDirectory apt;
  apt.write("sources.list", one_line_style);
  CHECK(apt.mirror() == "http://mirror.example/debian/|http://security.example/debian-security");
}

TEST_CASE("and in a deb822 file") {
  const AptDirectory apt;
  apt.write("sources.list", "# see sources.list.d\n");
  apt.write("sources.list.d/debian.sources", deb822_style);
  CHECK(apt.mirror() == "https://apt.corp.example/debian|https://apt.corp.example/debian-security/");
}

TEST_CASE("tabs separate, too") {
  const AptDirectory apt;
  apt.write("sources.list", "deb\thttp://mirror.example/debian\tbookworm\tmain\ndeb\thttp://mirror.example/debian bookworm-updates\tmain\n");
  CHECK(apt.mirror() == "http://mirror.example/debian|");
}

TEST_CASE("a vendor's package source is not taken for a Debian mirror") {
  // Docker's and others' repositories end in /debian and sort before the distribution's own file.
  const AptDirectory apt;
  apt.write("sources.list.d/a-vendor.list", third_party);
  apt.write("sources.list.d/b-vendor.list", "deb https://dl.example/debian/ stable main\n");
  CHECK(apt.mirror() == "none");
  apt.write("sources.list.d/debian.sources", deb822_style);
  CHECK(apt.mirror() == "https://apt.corp.example/debian|https://apt.corp.example/debian-security/");
}

TEST_CASE("what apt does not read, or was told not to, is not read") {
  const AptDirectory apt;
  apt.write("sources.list.d/old.sources.save", deb822_style);
  apt.write("sources.list.d/off.sources", std::string("Enabled: no\n") + "Types: deb\nURIs: http://off.example/debian\n"
                                                                         "Suites: trixie trixie-updates\nComponents: main\n");
  CHECK(apt.mirror() == "none");
}

TEST_CASE("a host that is no Debian, or reads its packages from elsewhere, has none") {
  const AptDirectory apt;
  CHECK(apt.mirror() == "none");
  CHECK_FALSE(host_debian_mirror("/nowhere/at/all"));
  apt.write("sources.list", "deb http://archive.example/ubuntu noble main\ndeb file:/srv/debian bookworm bookworm-updates main\n"
                            "deb cdrom:[x]/debian bookworm-updates main\n");
  CHECK(apt.mirror() == "none");
}

TEST_CASE("mmdebstrap's argv") {
  const Strings argv = mmdebstrap_arguments({.root = {.release = "trixie", .packages = {"git", "linux-image-amd64"}},
                                             .user = "agent",
                                             .size = ByteSize::gibibytes(20),
                                             .mirror = DebianMirror{.main = "http://mirror.example/debian",
                                                                    .security = "http://mirror.example/debian-security"}});
  const Strings expected{
      "mmdebstrap",
      "--mode=unshare",
      "--variant=minbase",
      "--format=null",
      "--include=git,linux-image-amd64",
      "--dpkgopt=force-unsafe-io",
      "--dpkgopt=path-exclude=/usr/share/man/*",
      "--dpkgopt=path-exclude=/usr/share/doc/*",
      "--dpkgopt=path-include=/usr/share/doc/*/copyright",
      "--dpkgopt=path-exclude=/usr/share/locale/*",
      "--aptopt=Acquire::Languages \"none\"",
      "--essential-hook=mkdir -p \"$1/etc/initramfs-tools/conf.d\"; "
      "echo MODULES=list > \"$1/etc/initramfs-tools/conf.d/agentbox\"",
      "--customize-hook=tar -C \"$1\" --no-same-permissions --keep-directory-symlink -p -xf /proc/self/fd/103",
      "--customize-hook=set -e; "
      "chroot \"$1\" env AGENTBOX_USER=agent sh /usr/lib/agentbox/setup.sh; "
      "cat \"$1/usr/lib/agentbox/boot/vmlinuz\" > /proc/self/fd/101; "
      "cat \"$1/usr/lib/agentbox/boot/initrd\" > /proc/self/fd/102; "
      "exec unshare --mount sh -c 'mount --bind \"$1\" \"$1/mnt\" && "
      "exec mke2fs -q -F -t ext4 -m 0 -L agentbox -E root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1 "
      "-d \"$1/mnt\" /proc/self/fd/100 20971520k' sh \"$1\"",
      "trixie",
      "-",
      "deb http://mirror.example/debian trixie main",
      "deb http://mirror.example/debian trixie-updates main",
      "deb http://mirror.example/debian-security trixie-security main",
  };
  CHECK(argv == expected);
}

TEST_CASE("without a mirror mmdebstrap chooses its own, root needs no user namespace") {
  const Strings argv = mmdebstrap_arguments({.root = {.release = "trixie", .packages = {"a"}},
                                             .user = "agent",
                                             .size = ByteSize::gibibytes(1),
                                             .mirror = {},
                                             .privilege = DebianRootfsRequest::Privilege::root});
  CHECK(argv[1] == "--mode=root");
  CHECK(argv[argv.size() - 2] == "trixie");
  CHECK(argv.back() == "-");
}

}  // namespace agentbox::debian_rootfs_test
