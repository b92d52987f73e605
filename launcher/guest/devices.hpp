// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace agentbox::guest {

/// Where a class of devices is listed below /sys, and the file of each that tells it apart.
struct DeviceClass {
  const char* directory;
  const char* attribute;
};
inline constexpr DeviceClass block_devices{"/sys/block", "serial"};
inline constexpr DeviceClass serial_ports{"/sys/class/virtio-ports", "name"};

/// The device of that kind with this attribute: "/dev/vdb". Empty: there is none. Nobody makes links of names here: there is no udev.
std::string find_device(const DeviceClass& kind, const std::string& value);

}  // namespace agentbox::guest
