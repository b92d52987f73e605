// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/decide.hpp"

#include <optional>
#include <string_view>

namespace agentbox {

/// What a guest would ask for with this URL, for `agentbox policy check POLICY URL`: "https://host/path", "http://...",
/// "ssh://git@host/path", "host", "host:port". An http URL is a GET; of every other kind only host and port are seen.
/// No value for what has no host, and no port that is known.
std::optional<EgressRequest> request_for_url(std::string_view url);

}  // namespace agentbox
