// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace agentbox {
namespace {

DebianSource read_debian(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"release"});
  const YamlNode& release = fields.required("release");
  std::string name = release.line();
  // It becomes part of an apt source line and of mirror paths.
  if (name.size() > 32 || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos)
    throw release.error("the name of a Debian release consists of a-z", "as in: trixie");
  return {std::move(name)};
}

CloudImageSource read_cloud_image(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"url", "sha512"});
  // http is good enough: the digest pins the content.
  return {.url = read_url(fields.required("url"), {"https", "http", "file"}),
          .sha512 = read_sha512(fields.required("sha512"))};
}

unsigned read_mode(const YamlNode& node) {
  const std::string digits = node.line();
  if (digits.size() != 4 || digits[0] != '0' || digits.find_first_not_of("01234567") != std::string::npos)
    throw node.error("a file mode is four octal digits in quotes, and the first is 0", "as in: \"0644\"");
  unsigned mode = 0;
  for (const char digit : digits) mode = mode * 8 + static_cast<unsigned>(digit - '0');
  return mode;
}

std::string read_owner(const YamlNode& node) {
  return node.convert([](const std::string& word) {
    if (word == "root" || word == "user") return word;
    throw Error(ErrorKind::usage, fmt::format("unknown owner \"{}\"", escape_untrusted(word, 80)),
                "it is one of: root, user");
  });
}

/// A definition that somebody hands on must not be able to pull ~/.ssh into an image: only files beside it.
std::filesystem::path read_source(const YamlNode& node, const std::filesystem::path& definition) {
  std::string path = node.line();
  for (const std::string& component : split(path, '/')) {
    if (component.empty() || component == "." || component == "..")
      throw node.error("a source file stands beside the definition or in a folder there",
                       "write a relative path without \"..\"");
  }
  return definition.parent_path() / path;
}

ImageFile read_file_entry(const YamlNode& node, const std::filesystem::path& definition) {
  const YamlMapping fields = node.mapping({"path", "content", "source", "mode", "owner"});
  ImageFile file;
  file.path = read_guest_path(fields.required("path"));
  const YamlEntry& origin = fields.exactly_one_of({"content", "source"});
  if (origin.key.scalar() == "content")
    file.content = origin.value.text();
  else
    file.source = read_source(origin.value, definition);
  if (const YamlNode* mode = fields.find("mode")) file.mode = read_mode(*mode);
  if (const YamlNode* owner = fields.find("owner")) file.owner = read_owner(*owner);
  return file;
}

ProvisionStep read_step(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"name", "run", "as"});
  ProvisionStep step;
  step.name = fields.required("name").line();
  step.run = fields.required("run").text();
  if (trim(step.run).empty()) throw fields.required("run").error("the step has nothing to run");
  if (const YamlNode* as = fields.find("as")) step.as_root = read_owner(*as) == "root";
  return step;
}

std::string read_user_name(const YamlNode& node) {
  std::string name = node.line();
  constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyz_";
  constexpr std::string_view others = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  if (name.size() > 32 || first.find(name[0]) == std::string_view::npos ||
      name.find_first_not_of(others) != std::string::npos)
    throw node.error(fmt::format("\"{}\" is not a login name", escape_untrusted(name, 80)),
                     "such names have 1 to 32 of a-z 0-9 _ - and begin with a letter or _");
  if (name == "root") throw node.error("the user of a base image may not be root", "agents run as a normal user");
  return name;
}

void read_origin(const YamlMapping& fields, BaseImageFile& file) {
  const YamlEntry& origin = fields.exactly_one_of({"debian", "cloud-image", "from"});
  if (origin.key.scalar() == "debian") {
    file.image.debian = read_debian(origin.value);
  } else if (origin.key.scalar() == "cloud-image") {
    file.image.cloud_image = read_cloud_image(origin.value);
  } else {
    file.image.from = read_plain_name(origin.value);
    file.from = Reference{file.image.from, origin.value.place()};
  }
}

void read_files(const YamlNode& node, BaseImage& image) {
  std::vector<std::string> paths;
  for (const YamlNode& item : node.items()) {
    image.files.push_back(read_file_entry(item, image.definition));
    add_unique(paths, image.files.back().path, item);
  }
}

void read_agents(const YamlNode& node, BaseImageFile& file) {
  file.image.agents = read_list(node, read_plain_name);
  for (const YamlNode& item : node.items()) file.agents.push_back({item.scalar(), item.place()});
}

}  // namespace

BaseImageFile parse_base_image(std::string_view text, const std::filesystem::path& source) {
  const YamlNode root = parse_yaml(text, source.string());
  const YamlMapping fields = root.mapping(
      {"description", "debian", "cloud-image", "from", "packages", "files", "agents", "provision", "user", "size"});
  BaseImageFile file;
  file.image.name = source.stem().string();
  file.image.definition = source;
  read_origin(fields, file);
  if (const YamlNode* description = fields.find("description")) file.image.description = description->line();
  if (const YamlNode* packages = fields.find("packages")) file.image.packages = read_list(*packages, read_package_name);
  if (const YamlNode* files = fields.find("files")) read_files(*files, file.image);
  if (const YamlNode* agents = fields.find("agents")) read_agents(*agents, file);
  if (const YamlNode* steps = fields.find("provision")) {
    for (const YamlNode& item : steps->items()) file.image.provision.push_back(read_step(item));
  }
  if (const YamlNode* user = fields.find("user")) {
    file.image.user = read_user_name(*user);
    file.user = Reference{file.image.user, user->place()};
  }
  if (const YamlNode* size = fields.find("size"))
    file.image.size = read_size(*size, ByteSize::gibibytes(1), ByteSize::gibibytes(4096));
  return file;
}

}  // namespace agentbox
