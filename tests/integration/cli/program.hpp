// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text.hpp"
#include "support/skip.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

extern char** environ;

namespace agentbox::test {

/// The built program in a home of its own, without any key or keyring of ours.
class Program {
 public:
  [[nodiscard]] const std::filesystem::path& home() const { return home_.path(); }
  static std::string path() { return AGENTBOX_PROGRAM; }

  [[nodiscard]] ProcessSpec spec(const std::vector<std::string>& words) const {
    ProcessSpec spec{.argv = {path()}, .environment = environment()};
    spec.argv.insert(spec.argv.end(), words.begin(), words.end());
    return spec;
  }

  [[nodiscard]] Captured run(const std::vector<std::string>& words) const {
    return run_and_capture(spec(words), std::chrono::minutes(2));
  }

  /// A shell script in which $agentbox is the program.
  [[nodiscard]] Captured run_script(const std::string& script, const std::string& shell = "bash") const {
    ProcessSpec spec{.argv = {shell, "-c", script}, .environment = environment()};
    spec.environment->push_back("agentbox=" + path());
    return run_and_capture(spec, std::chrono::minutes(2));
  }

  [[nodiscard]] std::vector<std::string> environment() const {
    std::vector<std::string> variables = {"AGENTBOX_HOME=" + home().string(), "AGENTBOX_SHARE=" AGENTBOX_SOURCE_DIR};
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string variable = *entry;
      const std::string name = variable.substr(0, variable.find('='));
      if (!name.starts_with("AGENTBOX_") && !name.ends_with("_KEY") && !name.ends_with("_TOKEN") &&
          name != "DBUS_SESSION_BUS_ADDRESS" && name != "XDG_RUNTIME_DIR") {  // a keyring of the developer's
        variables.push_back(variable);
      }
    }
    return variables;
  }

 private:
  TempDir home_{std::filesystem::temp_directory_path(), "cli-test."};
};

inline std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace agentbox::test
