// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <cerrno>
#include <system_error>

namespace agentbox {

Error system_error(std::string_view attempted, std::string hint) {
  return system_error(errno, attempted, std::move(hint));
}

Error system_error(int error_number, std::string_view attempted, std::string hint) {
  // std::generic_category and not strerror(3): the latter may share its buffer between threads.
  return Error(ErrorKind::environment, std::string(attempted) + ": " + std::generic_category().message(error_number),
               std::move(hint));
}

}  // namespace agentbox
