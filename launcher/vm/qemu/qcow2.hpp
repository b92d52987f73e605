// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"
#include "vm/qemu/spec.hpp"

#include <string>
#include <string_view>

/// The little of the qcow2 format that a fork needs on its way: an overlay that holds nothing yet. Layout and names are
/// those of QEMU's docs/interop/qcow2.txt. All numbers in the format are big-endian. Pure functions.
namespace agentbox {

/// The virtual size that a qcow2 header (version 2 or 3) tells. header: the first bytes of the file, at least 32 of
/// them. Throws Error{backend} when they are no qcow2 header or the size makes no sense (0, over 64 TiB).
ByteSize qcow2_virtual_size(std::string_view header);

/// The bytes of an empty qcow2 version 3 image of virtual_size (rounded up to a sector) over a backing file: header,
/// refcount table, one refcount block, an L1 table without entries, each in clusters of 64 KiB.
/// Throws Error{environment} when backing's path is longer than the 1023 bytes the format allows.
std::string empty_qcow2_overlay(const DiskLayer& backing, ByteSize virtual_size);

}  // namespace agentbox
