// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"

namespace agentbox {
namespace {

std::string read_program(const YamlNode& node) {
  std::string path = node.line();
  // A relative path would mean another program in each project directory.
  if (!path.starts_with('/')) throw node.error("the path of a program must be absolute");
  return path;
}

std::string read_accelerator(const YamlNode& node) {
  return node.convert([](const std::string& word) {
    if (word == "auto") return std::string();
    if (word == "kvm" || word == "tcg") return word;
    throw Error(ErrorKind::usage, "unknown accelerator", "it is one of: auto, kvm, tcg");
  });
}

}  // namespace

UserConfig parse_user_config(std::string_view text, const std::filesystem::path& source) {
  const YamlNode root = parse_yaml(text, source.string());
  UserConfig config;
  if (root.kind() == YamlNode::Kind::null) return config;
  const YamlMapping fields = root.mapping({"policy", "base", "debian-mirror", "keep-host-ca", "qemu", "accelerator"});
  if (const YamlNode* policy = fields.find("policy")) config.policy = read_plain_name(*policy);
  if (const YamlNode* base = fields.find("base")) config.base = read_plain_name(*base);
  if (const YamlNode* mirror = fields.find("debian-mirror"))
    config.debian_mirror = read_url(*mirror, {"https", "http", "file"});
  if (const YamlNode* keep = fields.find("keep-host-ca")) config.keep_host_ca = keep->boolean();
  if (const YamlNode* qemu = fields.find("qemu")) config.qemu = read_program(*qemu);
  if (const YamlNode* accelerator = fields.find("accelerator")) config.accelerator = read_accelerator(*accelerator);
  return config;
}

}  // namespace agentbox
