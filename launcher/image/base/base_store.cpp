// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/base_store.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* current_link = "current";
constexpr const char* base_manifest = "manifest.json";

const char* format_name(DiskLayer::Format format) { return format == DiskLayer::Format::raw ? "raw" : "qcow2"; }

DiskLayer::Format format_from(const std::string& name) {
  return name == "raw" ? DiskLayer::Format::raw : DiskLayer::Format::qcow2;
}

json to_json(const BaseBuild& build) {
  json disk = json::array();
  for (const auto& layer : build.disk) {
    disk.push_back({{"path", layer.path.string()}, {"format", format_name(layer.format)}});
  }
  return {{"name", build.name},
          {"build", build.build},
          {"digest", build.digest},
          {"created", build.created},
          {"disk", disk},
          {"root_device", build.root_device},
          {"user", build.user},
          {"size", build.size.bytes()},
          {"agents", build.agents},
          {"versions", build.versions},
          {"host_key", build.host_key},
          {"helper_digest", build.helper_digest}};
}

BaseBuild from_json(const json& value, const fs::path& directory) {
  BaseBuild build{.name = value.at("name"),
                  .build = value.at("build"),
                  .digest = value.at("digest"),
                  .created = value.at("created"),
                  .directory = directory,
                  .disk = {},
                  .root_device = value.at("root_device"),
                  .user = value.at("user"),
                  .size = ByteSize(value.at("size").get<std::uint64_t>()),
                  .agents = value.at("agents"),
                  .versions = value.value("versions", std::map<std::string, std::string>{}),  // older builds have none
                  .host_key = value.at("host_key"),
                  .helper_digest = value.at("helper_digest")};
  for (const auto& layer : value.at("disk")) {
    build.disk.push_back({layer.at("path").get<std::string>(), format_from(layer.at("format"))});
  }
  return build;
}

// A whole build, or what is wrong with it.
std::variant<BaseBuild, Error> read_build(const fs::path& directory) {
  const auto text = read_file_if_exists(directory / base_manifest);
  if (!text) {
    return Error(ErrorKind::environment, "the base image at " + directory.string() + " is gone",
                 "build it again: agentbox base build NAME");
  }
  BaseBuild build;
  try {
    build = from_json(json::parse(*text), directory);
  } catch (const json::exception&) {
    return Error(ErrorKind::environment, "the manifest of the base image at " + directory.string() + " is damaged",
                 "build it again: agentbox base build NAME");
  }
  std::vector<fs::path> files{build.kernel(), build.initrd()};
  for (const auto& layer : build.disk) {
    files.push_back(layer.path);
  }
  for (const auto& file : files) {
    if (!fs::exists(file)) {
      return Error(ErrorKind::environment, "base \"" + build.name + "\" lacks its file " + file.string(),
                   "build it again: agentbox base build " + build.name);
    }
  }
  return build;
}

}  // namespace

std::string BaseBuild::private_key() const {
  const fs::path path = directory / "id_ed25519";
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    throw system_error("cannot find the login key of base \"" + name + "\"", "rebuild it: agentbox base build " + name);
  }
  if (!S_ISREG(status.st_mode) || (status.st_mode & 077U) != 0) {
    throw Error(ErrorKind::environment, "others may read the login key " + path.string(),
                "chmod 600 " + shell_quote(path.string()));
  }
  return read_file(path);
}

BaseStore::BaseStore(fs::path bases_directory) : directory_(std::move(bases_directory)) {}

std::optional<BaseBuild> BaseStore::current(const std::string& name) const {
  std::error_code missing;
  const fs::path target = fs::read_symlink(directory_ / name / current_link, missing);
  if (missing) {
    return std::nullopt;
  }
  const auto found = read_build(directory_ / name / target);
  const auto* build = std::get_if<BaseBuild>(&found);
  return build != nullptr ? std::optional(*build) : std::nullopt;
}

BaseBuild BaseStore::load(const fs::path& build_directory) const {
  auto found = read_build(build_directory);
  if (const auto* problem = std::get_if<Error>(&found)) {
    throw Error(*problem);
  }
  return std::get<BaseBuild>(std::move(found));
}

std::vector<BaseBuild> BaseStore::list() const {
  std::vector<BaseBuild> builds;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory_, missing)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(".")) {
      continue;
    }
    if (auto build = current(name)) {
      builds.push_back(std::move(*build));
    }
  }
  std::sort(builds.begin(), builds.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return builds;
}

std::optional<FileLock> BaseStore::try_lock(const std::string& name) const {
  make_directories(directory_ / ".locks");
  return FileLock::try_acquire(directory_ / ".locks" / name, LockMode::exclusive);
}

FileLock BaseStore::lock(const std::string& name) const {
  make_directories(directory_ / ".locks");
  return FileLock::acquire(directory_ / ".locks" / name, LockMode::exclusive);
}

TempDir BaseStore::begin(const std::string& name) const {
  const fs::path aside = directory_ / ".building" / name;
  remove_tree(aside);
  make_directories(aside);
  return TempDir(aside, "build");
}

BaseBuild BaseStore::publish(TempDir aside, BaseBuild build) const {
  const fs::path home = directory_ / build.name;
  const fs::path place = home / build.build;
  make_directories(home);
  for (auto& layer : build.disk) {
    if (layer.path.parent_path() == aside.path()) {
      sync_path(layer.path);
      layer.path = place / layer.path.filename();
    }
  }
  sync_path(aside.path() / "vmlinuz");
  sync_path(aside.path() / "initrd");
  write_file_atomically(aside.path() / base_manifest, to_json(build).dump(2) + "\n", 0644);
  sync_path(aside.path());
  fs::rename(aside.path(), place);
  aside.keep();
  const fs::path fresh_link = home / ".current";
  std::error_code ignored;
  fs::remove(fresh_link, ignored);
  fs::create_symlink(build.build, fresh_link);
  fs::rename(fresh_link, home / current_link);
  sync_path(home);
  build.directory = place;
  return build;
}

void BaseStore::forget(const std::string& name) const {
  std::error_code ignored;
  fs::remove(directory_ / name / current_link, ignored);
}

std::vector<fs::path> BaseStore::remove_unused(const std::vector<fs::path>& needed) const {
  std::vector<fs::path> removed;
  std::error_code missing;
  for (const auto& base : fs::directory_iterator(directory_, missing)) {
    const std::string name = base.path().filename();
    if (name.starts_with(".") || !base.is_directory()) {
      continue;
    }
    const auto lock = try_lock(name);
    if (!lock) {
      continue;  // being built right now
    }
    remove_tree(directory_ / ".building" / name);
    const fs::path current_target = fs::read_symlink(base.path() / current_link, missing);
    for (const auto& build : fs::directory_iterator(base.path(), missing)) {
      const bool used = build.path().filename() == current_target ||
                        std::find(needed.begin(), needed.end(), build.path()) != needed.end();
      if (!used && build.is_directory() && !build.is_symlink()) {
        remove_tree(build.path());
        removed.push_back(build.path());
      }
    }
  }
  return removed;
}

}  // namespace agentbox
