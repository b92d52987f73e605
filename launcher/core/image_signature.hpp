// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace agentbox {

/// The usual extension, "png", "jpg", "gif" or "webp", of an image that begins as those do; empty for anything else.
std::string_view image_extension(std::string_view bytes);

}  // namespace agentbox
