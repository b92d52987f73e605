// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace agentbox {

/// Whether a text holds something that has the shape of a well-known token or private key: "sk-ant-...", "ghp_...",
/// "AKIA...", a PEM header. By shape alone, so a secret of another kind is not noticed.
bool holds_secret_shape(std::string_view text);

/// Whether the name of a setting says that its value is one: "apiKey", "auth_token", "password".
bool names_secret(std::string_view name);

}  // namespace agentbox
