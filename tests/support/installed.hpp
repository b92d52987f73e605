// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "session/application.hpp"
#include "store/session_store.hpp"
#include "support/image_support.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox::test {

/// agentbox for one user, with nothing in its directories yet.
struct Installed {
  TempDir home{std::filesystem::temp_directory_path(), "installed"};
  Definitions definitions;
  RecordedProgress progress;
  Application application{.directories = {.config = home.path() / "config",
                                          .data = home.path() / "data",
                                          .state = home.path() / "state",
                                          .cache = home.path() / "cache"},
                          .shipped = {},
                          .catalog = definitions.catalog(),
                          .user_config = {},
                          .progress = progress};
  SessionStore sessions{home.path() / "state/sessions"};
};

}  // namespace agentbox::test
