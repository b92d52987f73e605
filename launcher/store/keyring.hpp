// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "core/secret_id.hpp"
#include "core/secret_text.hpp"

namespace agentbox {

/// The keyring of the user's session (the freedesktop.org Secret Service: GNOME Keyring, KWallet, KeePassXC), reached by
/// the program secret-tool. A program, not libsecret itself: glib and D-Bus would be loaded into each launcher, few of
/// which ever need them. Values go to it by standard input and come from its standard output, never in argv.
///
/// An item has the attributes application=agentbox and id=to_text(SecretId), which anybody in the session may read.
///
/// Each call may have to wait for the user to unlock the keyring in a dialog. A keyring that does not answer in time,
/// or at all, is Error{environment}. All calls throw Interrupted.
class Keyring {
 public:
  /// limit: for each call. default_limit() is a minute where a dialog can be shown, else a few seconds.
  explicit Keyring(std::chrono::milliseconds limit = default_limit()) : limit_(limit) {}
  static std::chrono::milliseconds default_limit();

  /// Why there is none here, "no program secret-tool (apt install libsecret-tools)"; no value when one answers.
  [[nodiscard]] std::optional<std::string> problem() const;

  void set(const SecretId& id, const SecretText& value);
  /// Throws Error{environment} when it is not there, too: callers know from elsewhere that it should be.
  [[nodiscard]] SecretText get(const SecretId& id) const;
  /// Fine when it was not there.
  void remove(const SecretId& id);

 private:
  std::chrono::milliseconds limit_;
};

}  // namespace agentbox
