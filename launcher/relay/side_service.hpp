// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agentbox {

/// Something that a relay serves besides what it relays.
class SideService {
 public:
  virtual ~SideService() = default;
  /// serve() is called when it is readable.
  [[nodiscard]] virtual int fd() const = 0;
  enum class Served { go_on, end_relay };
  /// May take its time: meanwhile nothing is relayed. end_relay: it is LimitReached then, unless the command is over.
  virtual Served serve() = 0;
};

/// Who is told what a relay shows.
class OutputListener {
 public:
  virtual ~OutputListener() = default;
  virtual void on_output(std::string_view shown) = 0;
};

/// Who has the image that the user pastes.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  /// Called when the user presses what pastes an image. Puts the one that there is into the guest and returns its path there; no value
  /// when there is none, and then the key is the guest's. May take some seconds: meanwhile nothing is relayed.
  virtual std::optional<std::string> put_into_guest() = 0;
};

}  // namespace agentbox
