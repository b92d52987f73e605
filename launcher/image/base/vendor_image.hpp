// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include "vm/qemu/spec.hpp"

namespace agentbox {

/// How many bytes of an image vendor_image_format() wants to see.
inline constexpr std::size_t vendor_header_size = 512;

/// What a vendor's disk image is, from its first bytes alone: qcow2 by its magic, else raw.
/// Throws Error{environment} for an image that we do not touch: a qcow2 with a backing file or an external data file (whose
/// names would have QEMU read a file of the host's), encrypted, marked corrupt, or with features that we do not know; and
/// for a raw one without a boot sector (a compressed image, say). Pure.
DiskLayer::Format vendor_image_format(std::string_view header);

/// Turns a vendor's image into a qcow2 disk of ours, of size. Throws Error{environment} also when the image's own disk is larger
/// than size (a cloud image grows into its disk, but does not shrink); Interrupted.
void import_vendor_image(const std::filesystem::path& image, const std::filesystem::path& disk, ByteSize size);

}  // namespace agentbox
