// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/agent_settings.hpp"

#include "config/choose_settings.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/run_plan.hpp"
#include "session/settings_copy.hpp"
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

void warn_once(RunPlan& plan, const std::string& text) {
  if (std::find(plan.warnings.begin(), plan.warnings.end(), text) == plan.warnings.end()) {
    plan.warnings.push_back(text);
  }
}

// No value where nothing can be: the user may have no home, or one that is closed. Where a variable leads must be there.
std::optional<Beneath> open_top(const SettingsPlace& place, const AgentProfile& profile, RunPlan& plan) {
  std::error_code missing;
  if (!place.top.empty() && fs::is_directory(place.top, missing) && ::access(place.top.c_str(), R_OK | X_OK) == 0) {
    return std::optional<Beneath>(place.top);
  }
  if (place.prefix.starts_with('$')) {
    warn_once(plan, place.prefix.substr(1, place.prefix.size() - 2) + " names no directory that can be read: " + profile.name +
                        " does without your settings in the VM");
  }
  return std::nullopt;
}

bool is_usable(const StatePath& file, const struct stat& status) {
  return file.kind == StatePath::Kind::directory ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode);
}

// A link at a path or on the way to it, which is not followed. Many keep such files elsewhere, and wonder.
std::optional<std::string> link_at(const Beneath& top, const std::string& path) {
  for (auto slash = path.find('/');; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    const auto status = top.look_at(part);
    if (!status || S_ISLNK(status->st_mode)) {
      return status ? std::optional(part) : std::nullopt;
    }
    if (slash == std::string::npos) {
      return std::nullopt;
    }
  }
}

void tell_of_link(const Beneath& top, const SettingsPlace& place, const AgentProfile& profile, RunPlan& plan) {
  if (const auto link = link_at(top, place.path)) {
    warn_once(plan, place.prefix + *link + " is a link, and links are not followed: " + profile.name + " does without it in the VM");
  }
}

void add_file(const StatePath& file, const SettingsPlace& place, const AgentProfile& profile, RunPlan& plan,
              std::vector<PlannedSettings>& files) {
  const auto top = open_top(place, profile, plan);
  const auto status = top ? top->look_at(place.path) : std::nullopt;
  if (status && is_usable(file, *status)) {
    files.push_back({.guest = file, .host = place});
  } else if (top) {
    tell_of_link(*top, place, profile, plan);
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

void add_chosen(const AgentSettings::Chosen& chosen, const SettingsPlace& place, const std::string& host, RunPlan& plan) {
  const auto known =
      std::find_if(plan.seed.begin(), plan.seed.end(), [&](const SeedFile& seed) { return seed.path == chosen.path; });
  const std::string seed = known == plan.seed.end() ? std::string() : known->content;
  ChosenSettings settings = choose_settings(host, seed, chosen);
  if (!settings.secrets.empty()) {
    plan.warnings.push_back("of " + place.shown() + " this is not handed over, since it holds what looks like a key: " +
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

std::vector<PlannedSettings> plan_settings_files(const AgentProfile& profile, RunPlan& plan) {
  std::vector<PlannedSettings> files;
  for (const auto& file : profile.settings.files) {
    const SettingsPlace place = settings_place(profile.settings, file.path);
    try {
      add_file(file, place, profile, plan, files);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      plan.warnings.push_back(place.shown() + " is not handed over: " + error.what());
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
  for (const auto& chosen : profile.settings.chosen) {
    const SettingsPlace place = settings_place(profile.settings, chosen.path);
    try {
      struct stat status {};
      const auto top = open_top(place, profile, plan);
      if (!top) {
        continue;
      }
      const UniqueFd file = top->open(place.path, O_RDONLY);
      if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        tell_of_link(*top, place, profile, plan);
        continue;
      }
      add_chosen(chosen, place, read_to_end(file.get(), place.shown(), ByteSize(longest_file)), plan);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      plan.warnings.push_back("nothing is taken from " + place.shown() + ": " + error.what());
    }
  }
}

void add_settings(const RunPlan& plan, const fs::path& directory, Progress& progress, SharedDirectories& shared) {
  if (plan.directories.settings.empty()) {
    return;
  }
  SettingsCopy copy;
  const fs::path files = directory / "files";
  make_directories(files, 0755);
  bool has_files = false;
  for (const auto& [guest, host] : plan.directories.settings) {
    const std::string flat = flat_name(guest.path);
    if (guest.kind == StatePath::Kind::directory) {
      const std::string name = files_share + flat;
      copy.copy(host, guest.kind, directory / flat);
      shared.host.push_back(
          {.name = name, .directory = directory / flat, .access = WorkspaceExport::Access::read_only});
      shared.guest.push_back({.name = name, .path = guest.path, .read_only = true});
      continue;
    }
    copy.copy(host, guest.kind, files / flat);
    if (fs::exists(files / flat)) {
      has_files = true;
      shared.links.push_back({.target = std::string(files_share) + "/" + flat, .path = guest.path});
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
