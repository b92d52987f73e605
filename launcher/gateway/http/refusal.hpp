// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace agentbox {

/// A whole answer that ends the connection: {"error":{"type":type,"message":message}}, the form that the model
/// services' clients show to the agent. Text from a guest in message must be escaped already.
std::string http_refusal(unsigned status, std::string_view type, const std::string& message);

}  // namespace agentbox
