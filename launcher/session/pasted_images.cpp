// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/pasted_images.hpp"

#include "core/error.hpp"
#include "session/clipboard_image.hpp"
#include "session/guest_command.hpp"
#include "sys/files.hpp"

namespace agentbox {

std::optional<std::string> PastedImages::put_into_guest() {
  constexpr std::chrono::seconds patience{20};
  const auto image = clipboard_image();
  if (!image) {
    return std::nullopt;
  }
  const std::string path = "/tmp/pasted-" + random_hex(6) + "." + image->extension;
  const GuestPlan plan{.prepare = {},
                       .user = user_,
                       .directory = "/",
                       .argv = {"sh", "-c", "umask 077 && set -C && cat > \"$1\"", "sh", path}};
  try {
    const auto done = ssh_.run(further_command(plan, RelayMode::pipes), image->bytes, ByteSize(4096), Clock::now() + patience);
    return done.status.success() ? std::optional(path) : std::nullopt;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    return std::nullopt;  // the session is not lost for that; if it is for another reason, the relay sees it
  }
}

}  // namespace agentbox
