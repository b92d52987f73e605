// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "core/units.hpp"

namespace agentbox {

/// The port of an http(s) URL that names the loopback interface ("http://127.0.0.1:8080/v1", "http://localhost"); the
/// scheme's own port when none is written. No value for any other URL. A guest reaches such a service on its own loopback,
/// through an SSH forward of the same port number.
std::optional<Port> loopback_port(std::string_view url);

}  // namespace agentbox
