// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/admission.hpp"

#include <string_view>

namespace agentbox::broker {

/// admit() for a route to a git hosting service; path: below it. A push is admitted here as far as its repository goes;
/// which refs it changes stands in its body (inspect_push()). Pure.
///
/// All refusals are 403, also those of a credential: on 401 git would ask somebody for a user name.
Admission admit_git(const BrokerRoute& route, const RequestHead& head, std::string_view path, std::string_view query);

}  // namespace agentbox::broker
