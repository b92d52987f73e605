// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "config/catalog.hpp"
#include "core/progress.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox::test {

/// Base image and agent definitions on a real file system.
class Definitions {
 public:
  void base(const std::string& name, std::string_view yaml) const { write("base-images/" + name + ".yaml", yaml); }
  void agent(const std::string& name, std::string_view yaml) const { write("agents/" + name + ".yaml", yaml); }
  void write(const std::string& name, std::string_view text) const {
    const auto file = directory_.path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  [[nodiscard]] Catalog catalog() const { return {directory_.path() / "nothing", directory_.path()}; }

 private:
  TempDir directory_{std::filesystem::temp_directory_path(), "image"};
};

/// Keeps what it is told.
class RecordedProgress : public Progress {
 public:
  void phase(std::string_view title) override { phases.emplace_back(title); }
  void detail(std::string_view line) override { details.emplace_back(line); }
  void note(std::string_view message) override { notes.emplace_back(message); }
  void finish() override {}

  std::vector<std::string> phases;
  std::vector<std::string> details;
  std::vector<std::string> notes;
};

}  // namespace agentbox::test
