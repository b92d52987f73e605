// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"

#include <optional>
#include <string>

namespace agentbox {

struct ClipboardImage {
  std::string bytes;
  std::string extension;  ///< "png", "jpg", "gif" or "webp", by its first bytes
};

/// No image is taken that is larger.
inline constexpr ByteSize largest_image = ByteSize::mebibytes(20);

/// The image on the clipboard of this desktop, by the program that it has for it: wl-paste (Wayland) or xclip (X11), the user's own, found
/// in PATH. No value when there is no desktop, no such program, no image, or none of a kind and size that agents take. Blocks for as
/// long as those programs do, some seconds at most. Throws Interrupted.
std::optional<ClipboardImage> clipboard_image();

}  // namespace agentbox
