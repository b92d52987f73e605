// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/agent_settings.hpp"

#include "config/choose_settings.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/run_plan.hpp"
#include "session/settings_copy.hpp"
#include "sys/environment.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// A settings file of the user's can hold a long past (.claude.json); what of it goes to the guest is a page.
constexpr std::uint64_t longest_file = 8 << 20;
constexpr std::size_t longest_chosen = 64 << 10;
constexpr const char* files_share = "settings";
constexpr std::size_t most_left_out_told = 5;

std::optional<Beneath> home_directory() {
  const std::string home = host_variable("HOME").value_or("");
  std::error_code missing;
  const bool usable = home.starts_with('/') && fs::is_directory(home, missing) && ::access(home.c_str(), R_OK | X_OK) == 0;
  return usable ? std::optional<Beneath>(home) : std::nullopt;
}

bool is_usable(const StatePath& file, const struct stat& status) {
  return file.kind == StatePath::Kind::directory ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode);
}

// A link at a path or on the way to it, which is not followed. Many keep such files elsewhere, and wonder.
std::optional<std::string> link_at(const Beneath& home, const std::string& path) {
  for (auto slash = path.find('/');; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    const auto status = home.look_at(part);
    if (!status || S_ISLNK(status->st_mode)) {
      return status ? std::optional(part) : std::nullopt;
    }
    if (slash == std::string::npos) {
      return std::nullopt;
    }
  }
}

void tell_of_link(const std::optional<Beneath>& home, const std::string& path, const AgentProfile& profile,
                  RunPlan& plan) {
  const auto link = home ? link_at(*home, path) : std::nullopt;
  if (link) {
    const std::string text =
        "~/" + *link + " is a link, and links are not followed: " + profile.name + " does without it in the VM";
    if (std::find(plan.warnings.begin(), plan.warnings.end(), text) == plan.warnings.end()) {
      plan.warnings.push_back(text);
    }
  }
}

void add_file(const std::optional<Beneath>& home, const StatePath& file, const AgentProfile& profile, RunPlan& plan,
              std::vector<StatePath>& files) {
  const auto status = home ? home->look_at(file.path) : std::nullopt;
  if (status && is_usable(file, *status)) {
    files.push_back(file);
  } else {
    tell_of_link(home, file.path, profile, plan);
  }
}

SeedFile& seed_at(const AgentSettings::Chosen& chosen, std::vector<SeedFile>& seeds) {
  const auto found =
      std::find_if(seeds.begin(), seeds.end(), [&](const SeedFile& seed) { return seed.path == chosen.path; });
  if (found != seeds.end()) {
    return *found;
  }
  seeds.push_back({.path = chosen.path, .content = "", .format = chosen.format});
  return seeds.back();
}

void add_chosen(const AgentSettings::Chosen& chosen, const std::string& host, RunPlan& plan) {
  const auto known =
      std::find_if(plan.seed.begin(), plan.seed.end(), [&](const SeedFile& seed) { return seed.path == chosen.path; });
  const std::string seed = known == plan.seed.end() ? std::string() : known->content;
  ChosenSettings settings = choose_settings(host, seed, chosen);
  if (!settings.secrets.empty()) {
    plan.warnings.push_back("of ~/" + chosen.path + " this is not handed over, since it holds what looks like a key: " +
                            join(settings.secrets, ", "));
  }
  if (settings.taken.empty()) {
    return;
  }
  if (settings.content.size() > seed.size() + longest_chosen) {
    throw Error(ErrorKind::config, "what would be taken from it is too long");
  }
  seed_at(chosen, plan.seed).content = std::move(settings.content);
  plan.chosen_settings.emplace_back(chosen.path, std::move(settings.taken));
}

}  // namespace

std::vector<StatePath> plan_settings_files(const AgentProfile& profile, RunPlan& plan) {
  std::vector<StatePath> files;
  const auto home = home_directory();
  for (const auto& file : profile.settings.files) {
    try {
      add_file(home, file, profile, plan, files);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      plan.warnings.push_back("~/" + file.path + " is not handed over: " + error.what());
    }
  }
  if (!files.empty() && plan.confinement != Confinement::bubblewrap) {
    plan.warnings.push_back("your own instructions, skills and commands for " + profile.name +
                            " are not handed over: without user namespaces the VM sees nothing but the project");
    files.clear();
  }
  return files;
}

void add_chosen_settings(const AgentProfile& profile, RunPlan& plan) {
  const auto home = home_directory();
  for (const auto& chosen : profile.settings.chosen) {
    try {
      struct stat status {};
      const UniqueFd file = home ? home->open(chosen.path, O_RDONLY) : UniqueFd();
      if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        tell_of_link(home, chosen.path, profile, plan);
        continue;
      }
      add_chosen(chosen, read_to_end(file.get(), "~/" + chosen.path, ByteSize(longest_file)), plan);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      plan.warnings.push_back("nothing is taken from ~/" + chosen.path + ": " + error.what());
    }
  }
}

void add_settings(const RunPlan& plan, const fs::path& directory, Progress& progress, SharedDirectories& shared) {
  if (plan.directories.settings.empty()) {
    return;
  }
  const Beneath home(host_variable("HOME").value_or(""));
  SettingsCopy copy(home);
  const fs::path files = directory / "files";
  make_directories(files, 0755);
  bool has_files = false;
  for (const auto& path : plan.directories.settings) {
    const std::string flat = flat_name(path.path);
    if (path.kind == StatePath::Kind::directory) {
      const std::string name = files_share + flat;
      copy.copy(path, directory / flat);
      shared.host.push_back(
          {.name = name, .directory = directory / flat, .access = WorkspaceExport::Access::read_only});
      shared.guest.push_back({.name = name, .path = path.path, .read_only = true});
      continue;
    }
    copy.copy(path, files / flat);
    if (fs::exists(files / flat)) {
      has_files = true;
      shared.links.push_back({.target = std::string(files_share) + "/" + flat, .path = path.path});
    }
  }
  if (has_files) {
    shared.host.push_back({.name = files_share, .directory = files, .access = WorkspaceExport::Access::read_only});
  }
  std::vector<std::string> told = copy.left_out();
  if (told.size() > most_left_out_told) {
    const std::size_t more = told.size() - most_left_out_told;
    told.resize(most_left_out_told);
    told.push_back("and " + std::to_string(more) + " more");
  }
  if (!told.empty()) {
    progress.note("Of your settings of " + plan.label + ", the VM does without " + join(told, ", ") + ".");
  }
}

}  // namespace agentbox
