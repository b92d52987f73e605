// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/units.hpp"

namespace agentbox {

/// A file placed into the image. Exactly one of content and source is set.
struct ImageFile {
  std::string path;                 ///< absolute, in the guest
  std::optional<std::string> content;
  std::filesystem::path source;     ///< a host file; written relative to the definition, here resolved
  unsigned mode = 0644;
  std::string owner = "root";       ///< "root" or "user"
};

/// One provisioning step, run in a VM and never on the host.
struct ProvisionStep {
  std::string name;                 ///< one phrase for the progress display
  std::string run;                  ///< a shell script (sh -eu)
  bool as_root = true;
};

/// A root layer made from Debian packages by mmdebstrap.
struct DebianSource {
  std::string release;              ///< "trixie"
};

/// A root layer made from a vendor's cloud image.
struct CloudImageSource {
  std::string url;
  std::string sha512;               ///< 128 lower-case hexadecimal digits
};

/// base-images/NAME.yaml. Exactly one of debian, cloud_image and from is set.
struct BaseImage {
  std::string name;
  std::string description;
  std::optional<DebianSource> debian;
  std::optional<CloudImageSource> cloud_image;
  std::string from;                 ///< another definition; empty for a root layer
  std::vector<std::string> packages;
  std::vector<ImageFile> files;
  std::vector<std::string> agents;  ///< agent profiles to install, in order
  std::vector<ProvisionStep> provision;
  std::string user = "agent";       ///< login name in the guest, uid 1000
  std::optional<ByteSize> size;     ///< of the disk as the guest sees it
  std::filesystem::path definition; ///< the file it came from
};

}  // namespace agentbox
