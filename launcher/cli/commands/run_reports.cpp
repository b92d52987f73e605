// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/run_reports.hpp"

#include "cli/options/split.hpp"
#include "cli/output.hpp"
#include "cli/report_error.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/junit.hpp"
#include "sys/files.hpp"

#include <cstdlib>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

/// Places that a VM may have written to already: in none of them is a link followed.
std::vector<fs::path> places_of_vms(const RunRequest& request) {
  std::error_code missing;
  const char* home = std::getenv("HOME");
  const auto real = [&](const std::string& path) { return fs::canonical(expand_home(path, home == nullptr ? "" : home), missing); };
  std::vector<fs::path> places{fs::current_path(missing)};
  if (request.directory) {
    places.push_back(real(request.directory->string()));
  }
  for (const auto& mount : request.mounts) {
    places.push_back(real(mount.source));
  }
  std::erase_if(places, [](const fs::path& place) { return place.empty(); });
  return places;
}

const char* label_of(const RunRequest& request) { return request.kind == RunKind::shell ? "shell" : "run"; }

}  // namespace

RunReports::File RunReports::file_for(const std::string& path, const LaunchOptions& options) {
  const fs::path file(path);
  if (!file.has_filename() || file.filename() == "." || file.filename() == "..") {
    throw Error(ErrorKind::usage, "\"" + escape_untrusted(path, 200) + "\" is no file that a report can be written to");
  }
  return {
      .directory = ArtifactDirectory(file.has_parent_path() ? file.parent_path() : ".", places_of_vms(options.request)),
      .name = file.filename().string()};
}

RunReports::RunReports(const LaunchOptions& options)
    : label_(options.request.kind == RunKind::agent ? options.request.agent : label_of(options.request)) {
  if (options.json) {
    const bool stream = options.json == "true" || options.json == "-";
    json_ = stream ? File{.directory = std::nullopt, .name = options.json == "-" ? "-" : ""}
                   : file_for(*options.json, options);
  }
  if (options.junit) {
    junit_ = file_for(*options.junit, options);
  }
  if (options.action == LaunchOptions::Do::run) {
    for (const auto* file : {&json_, &junit_}) {
      if (*file && (*file)->directory) {
        (*file)->directory->remove((*file)->name);
      }
    }
  }
}

void RunReports::File::write(const std::string& text) const {
  try {
    if (directory) {
      directory->put(name, [&](int fd) { write_all(fd, text); });
    } else if (name == "-") {
      print(text);
    } else {
      print_error_output(text);
    }
  } catch (const Error& error) {
    print_error_output(error_text(error));
  }
}

void RunReports::write(const RunResult& result) const {
  if (junit_) {
    junit_->write(junit_xml(result));
  }
  if (json_) {
    json_->write(to_json(result) + "\n");
  }
}

void RunReports::write(const Error& error, int exit_code) const {
  if (junit_) {
    junit_->write(junit_xml(error, label_));
  }
  if (json_) {
    json_->write(error_json(error, exit_code) + "\n");
  }
}

}  // namespace agentbox
