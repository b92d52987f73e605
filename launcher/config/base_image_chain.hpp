// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/base_image.hpp"
#include "config/loaders.hpp"

#include <functional>
#include <string>

namespace agentbox {

/// A base image with all its parents checked.
///
/// name: that of a definition, "dev", or of a layer derived from one, "dev+claude+codex": the definition's name and
/// then agents. A derived layer is {from: dev, agents: [claude, codex]} with the definition file and the user of dev.
/// Its agents are sorted in the result, and so are those in its name: "dev+codex+claude" is the same image.
///
/// load: reads the definition of a plain name; throws Error{usage} when there is none.
/// check_agent: throws Error{usage} for an unknown agent.
/// What a file says wrongly (an unknown parent or agent, a cycle, another user than the parent's) is Error{config} with
/// its place; what the caller's name says wrongly is Error{usage}.
BaseImage resolve_base_image(const std::string& name, const std::function<BaseImageFile(const std::string&)>& load,
                             const std::function<void(const std::string&)>& check_agent);

}  // namespace agentbox
