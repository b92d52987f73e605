// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/package_urls.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

#include <algorithm>

namespace agentbox {
namespace {

namespace fs = std::filesystem;
using Urls = std::vector<std::string>;

bool is_web_url(std::string_view text) { return text.starts_with("https://") || text.starts_with("http://"); }

void add(Urls& urls, std::string_view text) {
  std::string url(trim(text));
  if (url.starts_with("sparse+")) url.erase(0, 7);  // cargo's mark for its newer protocol
  if (is_web_url(url) && std::find(urls.begin(), urls.end(), url) == urls.end()) urls.push_back(std::move(url));
}

void add_all(Urls& urls, const Urls& more) {
  for (const std::string& url : more) add(urls, url);
}

void add_words(Urls& urls, std::string_view text) {
  std::string word;
  for (const char c : std::string(text) + " ") {
    if (c != ' ' && c != '\t') {
      word += c;
    } else if (!word.empty()) {
      add(urls, std::exchange(word, {}));
    }
  }
}

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

/// "key = value", also with the indentation of sections; no value when there is no separator.
struct Setting {
  std::string_view key;
  std::string_view value;
};
std::optional<Setting> setting_in(std::string_view line, char separator) {
  const auto at = line.find(separator);
  if (at == std::string_view::npos || trim(line).starts_with('#') || trim(line).starts_with(';')) return std::nullopt;
  return Setting{trim(line.substr(0, at)), trim(line.substr(at + 1))};
}

std::string text_of(const fs::path& file) {
  try {
    return read_file_if_exists(file, ByteSize::mebibytes(1)).value_or("");
  } catch (const Error&) {
    return {};
  }
}

Urls npm(const HostSettings& settings) {
  Urls urls;
  for (const char* name : {"npm_config_registry", "NPM_CONFIG_REGISTRY"})
    add(urls, settings.environment(name).value_or(""));
  add_all(urls, urls_in_npmrc(text_of(settings.home / ".npmrc")));
  add_all(urls, urls_in_npmrc(text_of(settings.etc / "npmrc")));
  return urls;
}

Urls pypi(const HostSettings& settings) {
  Urls urls;
  for (const char* name : {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"})
    add_words(urls, settings.environment(name).value_or(""));
  for (const fs::path& file :
       {settings.home / ".config/pip/pip.conf", settings.home / ".pip/pip.conf", settings.etc / "pip.conf"})
    add_all(urls, urls_in_pip_conf(text_of(file)));
  return urls;
}

Urls crates(const HostSettings& settings) {
  const auto home = settings.environment("CARGO_HOME");
  const fs::path cargo = home ? fs::path(*home) : settings.home / ".cargo";
  Urls urls = urls_in_cargo_config(text_of(cargo / "config.toml"));
  add_all(urls, urls_in_cargo_config(text_of(cargo / "config")));
  return urls;
}

Urls go(const HostSettings& settings) {
  if (const auto proxy = settings.environment("GOPROXY")) return urls_in_goproxy(*proxy);
  for (const std::string& line : split(text_of(settings.home / ".config/go/env"), '\n')) {
    const auto setting = setting_in(line, '=');
    if (setting && setting->key == "GOPROXY") return urls_in_goproxy(setting->value);
  }
  return {};
}

Urls debian(const HostSettings& settings) {
  Urls urls;
  if (settings.debian_mirror) {
    add(urls, *settings.debian_mirror);
    return urls;
  }
  std::vector<fs::path> files = {settings.etc / "apt/sources.list"};
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(settings.etc / "apt/sources.list.d", missing)) {
    if (entry.path().extension() == ".list" || entry.path().extension() == ".sources") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) add_all(urls, urls_in_apt_sources(text_of(file)));
  return urls;
}

}  // namespace

Urls urls_in_npmrc(std::string_view text) {
  Urls urls;
  for (const std::string& line : split(text, '\n')) {
    const auto setting = setting_in(line, '=');
    const bool registry = setting && (setting->key == "registry" ||
                                      (setting->key.starts_with('@') && setting->key.ends_with(":registry")));
    if (registry) add(urls, unquoted(setting->value));
  }
  return urls;
}

Urls urls_in_pip_conf(std::string_view text) {
  Urls urls;
  bool in_list = false;
  for (const std::string& line : split(text, '\n')) {
    const bool continued = line.starts_with(' ') || line.starts_with('\t');
    const auto setting = setting_in(line, '=');
    if (!continued) in_list = setting && (setting->key == "index-url" || setting->key == "extra-index-url");
    if (in_list) add_words(urls, continued ? std::string_view(line) : setting->value);
  }
  return urls;
}

Urls urls_in_cargo_config(std::string_view text) {
  Urls urls;
  for (const std::string& line : split(text, '\n')) {
    const auto setting = setting_in(line, '=');
    if (setting && (setting->key == "registry" || setting->key == "index")) add(urls, unquoted(setting->value));
  }
  return urls;
}

Urls urls_in_apt_sources(std::string_view text) {
  Urls urls;
  for (const std::string& line : split(text, '\n')) {
    const std::string_view plain = trim(line);
    const auto setting = setting_in(line, ':');
    if (setting && setting->key == "URIs") {
      add_words(urls, setting->value);
    } else if (plain.starts_with("deb ") || plain.starts_with("deb-src ")) {
      add_words(urls, plain);  // options and suites are no URLs
    }
  }
  return urls;
}

Urls urls_in_goproxy(std::string_view text) {
  Urls urls;
  std::string list(trim(text));
  std::replace(list.begin(), list.end(), '|', ',');
  for (const std::string& item : split(list, ',')) add(urls, item);
  return urls;
}

PackageUrls read_package_urls(const HostSettings& settings) {
  return {{PackageSource::npm, npm(settings)},
          {PackageSource::pypi, pypi(settings)},
          {PackageSource::debian, debian(settings)},
          {PackageSource::crates, crates(settings)},
          {PackageSource::go, go(settings)}};
}

}  // namespace agentbox
