// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace agentbox::control {

inline constexpr char end_of_text = '\x03';  ///< ETX: Ctrl-C
inline constexpr char bell = '\a';
inline constexpr char cancel = '\x18';      ///< CAN: ends a sequence that is being read
inline constexpr char substitute = '\x1a';  ///< SUB: the same
inline constexpr char escape = '\x1b';
inline constexpr char del = '\x7f';

}  // namespace agentbox::control
