// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/filter/output_filter.hpp"

#include <string_view>

namespace agentbox {

/// utf8, unless the locale names another encoding. One that names none (unset, C, POSIX) tells nothing of the terminal,
/// and today's terminals are UTF-8. Pure.
Encoding encoding_of_locale(std::string_view locale);

/// Of the terminal at fd, by what its driver was told (IUTF8) and by the locale in the environment.
Encoding encoding_of_terminal(int fd);

}  // namespace agentbox
