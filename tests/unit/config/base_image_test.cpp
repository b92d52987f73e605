// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "support/config_error.hpp"

namespace agentbox::base_image_test {

using namespace agentbox::test;

namespace {

std::string error_of(const std::string& text) {
  return config_error([&] { return parse_base_image(text, "base-images/x.yaml"); });
}

const std::string digest(128, 'a');

}  // namespace

TEST_CASE("a base image is what its file says") {
  const BaseImage image =
      parse_base_image("cloud-image:\n  url: http://example.org/x.qcow2\n  sha512: " + digest +
                           "\nuser: dev_1\nsize: 10G\npackages: [git]\n"
                           "files:\n  - {path: /etc/x, content: '', mode: '0755', owner: user}\n"
                           "  - {path: /etc/y, source: files/y}\n"
                           "provision:\n  - {name: a, run: 'true'}\n  - {name: b, run: 'true', as: user}\n",
                       "base-images/x.yaml")
          .image;
  CHECK(image.name == "x");
  REQUIRE(image.cloud_image);
  CHECK(image.cloud_image->url == "http://example.org/x.qcow2");
  CHECK(image.cloud_image->sha512 == digest);
  CHECK_FALSE(image.debian);
  CHECK(image.from.empty());
  CHECK(image.user == "dev_1");
  CHECK(image.size == ByteSize::gibibytes(10));
  REQUIRE(image.files.size() == 2);
  CHECK(image.files[0].content == "");
  CHECK(image.files[0].mode == 0755);
  CHECK(image.files[0].owner == "user");
  CHECK_FALSE(image.files[1].content);
  CHECK(image.files[1].source == "base-images/files/y");
  CHECK(image.files[1].mode == 0644);
  REQUIRE(image.provision.size() == 2);
  CHECK(image.provision[0].as_root);
  CHECK_FALSE(image.provision[1].as_root);
}

TEST_CASE("bad base images are refused with their place") {
  const std::string x = "base-images/x.yaml:";
  const BadText cases[] = {
      {"description: x\n", "1:1: one of these keys is needed: debian, cloud-image, from"},
      {"debian: {release: trixie}\nfrom: dev\n", "2:1: \"debian\" and \"from\" exclude each other"},
      {"debian: trixie\n", "1:9: expected a mapping, found text | write \"key: value\" lines"},
      {"debian: {release: 'a b'}\n", "1:19: the name of a Debian release consists of a-z | as in: trixie"},
      {"debian: {release: 13}\n", "1:19: expected text, found a number | put it in quotes: \"13\""},
      {"cloud-image: {url: 'https://example.org/x'}\n", "1:14: the key \"sha512\" is missing"},
      {"cloud-image: {url: 'https://example.org/x', sha512: abc}\n",
       "1:53: a SHA-512 digest has 128 hexadecimal digits"},
      {"cloud-image: {url: 'ftp://example.org/x', sha512: abc}\n",
       "1:20: \"ftp://example.org/x\" does not begin with https:// or http:// or file://"},
      {"from: ../dev\n",
       "1:7: \"../dev\" is not a name | names have 1 to 63 of a-z 0-9 . _ + - and begin with a letter or digit"},
      {"from: dev\nuser: root\n", "2:7: the user of a base image may not be root | agents run as a normal user"},
      {"from: dev\nuser: 0day\n",
       "2:7: \"0day\" is not a login name | such names have 1 to 32 of a-z 0-9 _ - and begin with a letter or _"},
      {"from: dev\nuser: 'a:b'\n",
       "2:7: \"a:b\" is not a login name | such names have 1 to 32 of a-z 0-9 _ - and begin with a letter or _"},
      // An argument vector for apt: "-o" would be an option of it.
      {"from: dev\npackages: [git, -oDpkg::Pre-Invoke::=x]\n",
       "2:17: \"-oDpkg::Pre-Invoke::=x\" is not the name of a Debian package | such names consist of a-z, 0-9, +, - "
       "and . "
       "and begin with a letter or digit"},
      {"from: dev\npackages: [git, git]\n", "2:17: \"git\" stands here twice"},
      {"from: dev\npackages:\n", "2:1: expected a list, found nothing | leave the key out, or write []"},
      {"from: dev\nfiles: [{path: etc/x, content: x}]\n", "2:16: the path \"etc/x\" is not absolute"},
      {"from: dev\nfiles: [{path: /etc/../root/x, content: x}]\n",
       "2:16: the path \"/etc/../root/x\" has a component \"..\""},
      {"from: dev\nfiles: [{path: /x}]\n", "2:9: one of these keys is needed: content, source"},
      {"from: dev\nfiles: [{path: /x, content: a, source: b}]\n",
       "2:32: \"content\" and \"source\" exclude each other"},
      {"from: dev\nfiles: [{path: /x, source: /root/.ssh/id_rsa}]\n",
       "2:28: a source file stands beside the definition or in a folder there | write a relative path without \"..\""},
      {"from: dev\nfiles: [{path: /x, source: a/../../b}]\n",
       "2:28: a source file stands beside the definition or in a folder there | write a relative path without \"..\""},
      // 0644 is 420 for one YAML reader, 644 for another, and 1204 in octal if the latter is taken at its word.
      {"from: dev\nfiles: [{path: /x, content: a, mode: 0644}]\n",
       "2:38: expected text, found a number | put it in quotes: \"0644\""},
      {"from: dev\nfiles: [{path: /x, content: a, mode: '4755'}]\n",
       "2:38: a file mode is four octal digits in quotes, and the first is 0 | as in: \"0644\""},
      {"from: dev\nfiles: [{path: /x, content: a, mode: '0888'}]\n",
       "2:38: a file mode is four octal digits in quotes, and the first is 0 | as in: \"0644\""},
      {"from: dev\nfiles: [{path: /x, content: a, owner: agent}]\n",
       "2:39: unknown owner \"agent\" | it is one of: root, user"},
      {"from: dev\nfiles: [{path: /x, content: a}, {path: /x, content: b}]\n", "2:33: \"/x\" stands here twice"},
      {"from: dev\nprovision: [make]\n", "2:13: expected a mapping, found text | write \"key: value\" lines"},
      {"from: dev\nprovision: [{name: a}]\n", "2:13: the key \"run\" is missing"},
      {"from: dev\nprovision: [{name: a, run: ''}]\n", "2:28: the step has nothing to run"},
      {"from: dev\nagents: [claude, claude]\n", "2:18: \"claude\" stands here twice"},
      {"from: dev\nsize: 1M\n", "2:7: 1 MiB is not between 1 GiB and 4 TiB"},
      {"from: dev\ncloud_image: {}\n",
       "2:1: unknown key \"cloud_image\" | did you mean \"cloud-image\"? known keys here: agents, cloud-image, debian, "
       "description, files, from, packages, provision, size, user"},
  };
  for (const BadText& bad : cases) {
    INFO(bad.text);
    CHECK(error_of(bad.text) == x + bad.message);
  }
}

}  // namespace agentbox::base_image_test
