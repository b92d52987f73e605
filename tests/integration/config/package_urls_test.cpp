// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/package_urls.hpp"

#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <map>

namespace agentbox::package_urls_test {

namespace fs = std::filesystem;

namespace {

using Urls = std::vector<std::string>;

/// A host whose package managers are all set up, in files.
class Host {
 public:
  Host() {
    write(home() / ".npmrc", "registry=https://npm.example/\n@corp:registry=https://corp.example/\n");
    write(etc() / "npmrc", "registry=https://npm-for-all.example/\n");
    write(home() / ".config/pip/pip.conf", "[global]\nindex-url = https://pip.example/simple\n");
    write(etc() / "pip.conf", "[global]\nextra-index-url = https://pip-for-all.example/simple\n");
    write(home() / ".cargo/config.toml", "[registries.corp]\nindex = \"sparse+https://cargo.example/index/\"\n");
    write(home() / ".config/go/env", "GOFLAGS=-mod=mod\nGOPROXY=https://go.example,direct\n");
    write(etc() / "apt/sources.list", "deb http://apt.example/debian trixie main\n");
    write(etc() / "apt/sources.list.d/more.sources", "Types: deb\nURIs: https://more.example/debian\nSuites: trixie\n");
    write(etc() / "apt/sources.list.d/old.list.save", "deb http://saved.example/debian trixie main\n");
  }

  [[nodiscard]] PackageUrls urls(std::optional<std::string> mirror = std::nullopt) const {
    return read_package_urls({.home = home(),
                              .etc = etc(),
                              .environment =
                                  [this](const std::string& name) {
                                    const auto found = variables.find(name);
                                    return found == variables.end() ? std::nullopt : std::optional(found->second);
                                  },
                              .debian_mirror = std::move(mirror)});
  }

  [[nodiscard]] fs::path home() const { return directory_.path() / "home"; }
  [[nodiscard]] fs::path etc() const { return directory_.path() / "etc"; }
  std::map<std::string, std::string> variables;

 private:
  static void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    write_file_atomically(file, text);
  }
  TempDir directory_{fs::temp_directory_path(), "urls"};
};

}  // namespace

TEST_CASE("groups follow the files of each package manager") {
  const Host host;
  const PackageUrls urls = host.urls();
  CHECK(urls.at(PackageSource::npm) ==
        Urls{"https://npm.example/", "https://corp.example/", "https://npm-for-all.example/"});
  CHECK(urls.at(PackageSource::pypi) == Urls{"https://pip.example/simple", "https://pip-for-all.example/simple"});
  CHECK(urls.at(PackageSource::crates) == Urls{"https://cargo.example/index/"});
  CHECK(urls.at(PackageSource::go) == Urls{"https://go.example"});
  CHECK(urls.at(PackageSource::debian) == Urls{"http://apt.example/debian", "https://more.example/debian"});
}

TEST_CASE("groups follow variables, and the mirror that base images are built from") {
  Host host;
  host.variables = {{"npm_config_registry", "https://npm-here.example/"},
                    {"PIP_EXTRA_INDEX_URL", "https://pip-a.example/ https://pip-b.example/"},
                    {"CARGO_HOME", host.etc().native()},
                    {"GOPROXY", "https://go-here.example|direct"}};
  const PackageUrls urls = host.urls("http://mirror.example/debian");
  CHECK(urls.at(PackageSource::npm).front() == "https://npm-here.example/");
  CHECK(urls.at(PackageSource::pypi).front() == "https://pip-a.example/");
  CHECK(urls.at(PackageSource::pypi).at(1) == "https://pip-b.example/");
  CHECK(urls.at(PackageSource::crates).empty());
  CHECK(urls.at(PackageSource::go) == Urls{"https://go-here.example"});
  CHECK(urls.at(PackageSource::debian) == Urls{"http://mirror.example/debian"});
}

TEST_CASE("where nothing is configured, or nothing can be read, groups are empty") {
  const TempDir nothing(fs::temp_directory_path(), "urls");
  fs::create_directories(nothing.path() / ".npmrc");  // a directory
  write_file_atomically(nothing.path() / "pip.conf", std::string((1U << 20U) + 1, 'x'));
  for (const auto& [source, urls] :
       read_package_urls({.home = nothing.path(), .etc = nothing.path(), .environment = [](const std::string&) {
                            return std::nullopt;
                          }})) {
    INFO(to_string(source));
    CHECK(urls.empty());
  }
}

}  // namespace agentbox::package_urls_test
