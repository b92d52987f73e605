// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "core/units.hpp"

namespace agentbox {

enum class NetworkMode { open, offline };
enum class WorkspaceMode { live, readonly, none };
enum class OnExit { destroy, snapshot, keep, ask };

std::string to_string(NetworkMode mode);
std::string to_string(WorkspaceMode mode);
std::string to_string(OnExit mode);
/// These throw Error{usage} naming the accepted words; for command-line values.
NetworkMode parse_network_mode(const std::string& text);
WorkspaceMode parse_workspace_mode(const std::string& text);
OnExit parse_on_exit(const std::string& text);

/// What a session may do. policies/NAME.yaml. A pure value.
struct Policy {
  std::string name;
  std::string description;
  struct Resources {
    int cpus = 2;
    ByteSize memory = ByteSize::gibibytes(2);
    ByteSize disk = ByteSize::gibibytes(20);
    std::optional<std::chrono::seconds> timeout;
    friend bool operator==(const Resources&, const Resources&) = default;
  } resources;
  WorkspaceMode workspace = WorkspaceMode::live;
  NetworkMode network = NetworkMode::open;
  OnExit on_exit = OnExit::destroy;
  std::filesystem::path source;
};

}  // namespace agentbox
