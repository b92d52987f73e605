// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "image/base/base_store.hpp"
#include "image/image_context.hpp"

namespace agentbox {

enum class Rebuild { if_missing, always };

/// The current build of a base; builds it (and its parents) first when there is none. One builder at a time per base:
/// whoever comes later waits and takes the result. A build that is older than its definition is used, with a note.
/// Interrupted or failed, it leaves nothing that looks like a base. Throws Error, Interrupted.
BaseBuild ensure_base(const std::string& name, Rebuild rebuild, const ImageContext& context);

/// SHA-256 of the agentbox-guest program that belongs to this launcher.
std::string helper_digest(const ShippedFiles& shipped);

}  // namespace agentbox
