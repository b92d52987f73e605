// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "session/application.hpp"
#include "session/run_plan.hpp"
#include "store/session_store.hpp"
#include "sys/file_lock.hpp"

// before/SESSION/ in the user's data directory says what was in the directories that a session can write to before it could:
// {image,blobs/} of its live project, mountN/{image,blobs/} of each read-write mount, and a lock.
namespace agentbox {

/// Looks at those directories before the session's command starts, and makes the index of a project that is reviewed (note_project),
/// beside whatever else is done: a big one takes a second.
class BeforeImage {
 public:
  /// plan must outlive it.
  BeforeImage(const RunPlan& plan, const SessionHandle& session, const Application& application);
  /// Waits until it is there; nothing may change the directories before that. Throws Error when it cannot be made.
  void await();

 private:
  std::future<void> made_;
  std::optional<FileLock> lock_;  ///< held by whoever is to look at the directories again; gone with us, should we be killed
};

/// Where a session's images are; there need not be any.
std::filesystem::path before_images(const std::string& session, const Application& application);
/// Sessions that have some.
std::vector<std::string> sessions_with_images(const Application& application);
/// Of a session that nobody looks after any more; no value while somebody does.
std::optional<FileLock> take_images(const std::filesystem::path& place);

/// One directory as it was.
struct KeptImage {
  std::filesystem::path place;  ///< image and blobs/
  std::string id;               ///< of the change set that is to say what is different
};
/// The project's comes last. An image that is not there was not complete: the session had no command yet.
std::vector<KeptImage> kept_images(const std::filesystem::path& place, const std::string& session);

inline constexpr const char* image_name = "image";
inline constexpr const char* blobs_name = "blobs";

}  // namespace agentbox
