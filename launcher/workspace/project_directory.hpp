// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// What must never be handed to a guest as a project.
struct ForbiddenPlaces {
  std::filesystem::path home;                      ///< the user's; it and everything above it
  std::vector<std::filesystem::path> own;          ///< our directories: they, what is below and what is above
};

/// A directory that may be shared: absolute, links resolved. what: "the project", for messages. Throws Error{usage} with the reason
/// for a path that is no directory or that is forbidden.
std::filesystem::path resolve_directory(const std::filesystem::path& named, const ForbiddenPlaces& forbidden,
                                        const std::string& what, const std::string& hint);

/// Throws Error{usage} for an absolute, normal path at which a guest cannot have a directory of the host's: it would hide a part
/// of its own system.
void check_guest_place(const std::filesystem::path& path);

/// Turns what the user named into the directory to share: absolute, links resolved. Throws Error{usage} with the reason for
/// a path that is no directory, that is forbidden, or that cannot appear at the same place in a guest (it would hide
/// a part of the guest's own system).
std::filesystem::path resolve_project(const std::filesystem::path& named, const ForbiddenPlaces& forbidden);

}  // namespace agentbox
