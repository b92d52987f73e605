// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/side_service.hpp"
#include "ssh/connection.hpp"

#include <optional>
#include <string>
#include <utility>

namespace agentbox {

/// Images that the user pastes for an agent: from this desktop's clipboard (clipboard_image.hpp) into a new file of the guest's, in /tmp.
/// Only the user's own key leads here; what the guest does to have a key pressed is for the user to refuse.
class PastedImages : public ImageSource {
 public:
  /// user: the guest's, whose the files are to be. The connection must outlive this.
  PastedImages(SshConnection& ssh, std::string user) : ssh_(ssh), user_(std::move(user)) {}
  /// A guest that does not take the image within some seconds goes without.
  std::optional<std::string> put_into_guest() override;

 private:
  SshConnection& ssh_;
  std::string user_;
};

}  // namespace agentbox
