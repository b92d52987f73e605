// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/fields.hpp"

#include "config/yaml/plain_text.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace agentbox {
namespace {

constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";

bool consists_of(std::string_view text, std::initializer_list<std::string_view> sets) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return std::any_of(sets.begin(), sets.end(),
                       [&](std::string_view set) { return set.find(c) != std::string_view::npos; });
  });
}

bool is_reserved_variable(std::string_view name) {
  constexpr std::array<std::string_view, 4> prefixes{"LD_", "DYLD_", "SSH_", "AGENTBOX_"};
  constexpr std::array<std::string_view, 8> names{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "ENV", "BASH_ENV", "IFS"};
  return std::any_of(prefixes.begin(), prefixes.end(), [&](auto prefix) { return name.starts_with(prefix); }) ||
         std::find(names.begin(), names.end(), name) != names.end();
}

void check_components(const YamlNode& node, std::string_view relative) {
  for (const std::string& component : split(relative, '/')) {
    if (component.empty() || component == "." || component == "..")
      throw node.error(fmt::format("the path {} has a component {}", in_quotes(node.scalar()), in_quotes(component)));
  }
}

}  // namespace

void add_unique(std::vector<std::string>& earlier, std::string text, const YamlNode& node) {
  if (std::find(earlier.begin(), earlier.end(), text) != earlier.end())
    throw node.error(fmt::format("{} stands here twice", in_quotes(text)));
  earlier.push_back(std::move(text));
}

std::vector<std::string> read_arguments(const YamlNode& node) {
  std::vector<std::string> result;
  for (const YamlNode& item : node.items()) result.push_back(item.line());
  return result;
}

std::string read_line(const YamlNode& node) { return node.line(); }

std::string read_plain_name(const YamlNode& node) {
  std::string name = node.line();
  if (!is_plain_name(name))
    throw node.error(fmt::format("{} is not a name", in_quotes(name)),
                     "names have 1 to 63 of a-z 0-9 . _ + - and begin with a letter or digit");
  return name;
}

std::string read_environment_name(const YamlNode& node) {
  std::string name = node.line();
  if (!consists_of(name, {upper, digits, "_"}) || consists_of(name.substr(0, 1), {digits}))
    throw node.error(fmt::format("{} is not the name of an environment variable", in_quotes(name)),
                     "such names consist of A-Z, 0-9 and _");
  if (is_reserved_variable(name))
    throw node.error(fmt::format("the variable {} may not be set by a definition", name),
                     "it decides which programs run, or how the session finds its own parts");
  return name;
}

void check_home_path(const YamlNode& node, const std::string& path) {
  if (path.starts_with('/'))
    throw node.error(fmt::format("the path {} is absolute", in_quotes(path)),
                     "it is meant relative to the home directory");
  check_components(node, path);
}

std::string read_home_path(const YamlNode& node) {
  std::string path = node.line();
  check_home_path(node, path);
  return path;
}

std::string read_guest_path(const YamlNode& node) {
  std::string path = node.line();
  if (!path.starts_with('/')) throw node.error(fmt::format("the path {} is not absolute", in_quotes(path)));
  check_components(node, std::string_view(path).substr(1));
  return path;
}

std::string read_package_name(const YamlNode& node) {
  std::string name = node.line();
  // A leading "-" would be an option to apt; a "/" or "=" would pick a suite, a file or a version.
  if (name.size() < 2 || !consists_of(name, {lower, digits, ".+-"}) || !consists_of(name.substr(0, 1), {lower, digits}))
    throw node.error(fmt::format("{} is not the name of a Debian package", in_quotes(name)),
                     "such names consist of a-z, 0-9, +, - and . and begin with a letter or digit");
  return name;
}

std::string read_url(const YamlNode& node, std::vector<std::string> schemes) {
  std::string url = node.line();
  const auto known = std::find_if(schemes.begin(), schemes.end(),
                                  [&](const std::string& scheme) { return url.starts_with(scheme + "://"); });
  if (known == schemes.end())
    throw node.error(fmt::format("{} does not begin with {}://", in_quotes(url), join(schemes, ":// or ")));
  const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable || url.find_first_of("\"'<>\\^`{|}") != std::string::npos)
    throw node.error(fmt::format("{} holds a character that must be percent-encoded in a URL", in_quotes(url)));
  const std::string rest = url.substr(known->size() + 3);
  const std::string host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.find('@') != std::string::npos) throw node.error("a URL may not hold a user name or password");
  if (*known == "file" ? !rest.starts_with('/') : host.empty())
    throw node.error(fmt::format("{} is not complete", in_quotes(url)), "as in https://HOST/PATH or file:///PATH");
  return url;
}

std::string read_sha512(const YamlNode& node) {
  std::string digest = node.convert([](const std::string& word) { return word; });
  if (digest.size() != 128 || !consists_of(digest, {digits, "abcdefABCDEF"}))
    throw node.error("a SHA-512 digest has 128 hexadecimal digits");
  std::transform(digest.begin(), digest.end(), digest.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return digest;
}

ByteSize read_size(const YamlNode& node, ByteSize smallest, ByteSize largest) {
  const ByteSize size = node.convert([](const std::string& word) { return ByteSize::parse(word); });
  if (size < smallest || size > largest)
    throw node.error(
        fmt::format("{} is not between {} and {}", size.to_string(), smallest.to_string(), largest.to_string()));
  if (size.bytes() % ByteSize::mebibytes(1).bytes() != 0)
    throw node.error(fmt::format("{} is not a whole number of mebibytes", in_quotes(node.scalar())));
  return size;
}

std::chrono::seconds read_duration(const YamlNode& node, std::chrono::seconds smallest, std::chrono::seconds largest) {
  const auto duration = node.convert([](const std::string& word) { return parse_duration(word); });
  if (duration < smallest || duration > largest)
    throw node.error(fmt::format("{} is not between {} and {}", in_quotes(node.scalar()), format_duration(smallest),
                                 format_duration(largest)));
  return duration;
}

}  // namespace agentbox
