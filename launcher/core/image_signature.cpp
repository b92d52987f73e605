// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/image_signature.hpp"

namespace agentbox {

std::string_view image_extension(std::string_view bytes) {
  constexpr std::size_t form_type_at = 8;  // of RIFF, behind its name and size
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) {
    return "png";
  }
  if (bytes.starts_with("\xff\xd8\xff")) {
    return "jpg";
  }
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) {
    return "gif";
  }
  if (bytes.size() > form_type_at && bytes.starts_with("RIFF") && bytes.substr(form_type_at).starts_with("WEBP")) {
    return "webp";
  }
  return {};
}

}  // namespace agentbox
