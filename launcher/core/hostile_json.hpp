// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string_view>

namespace agentbox {

/// Far above what any of our own texts has. See parse_hostile_json().
constexpr std::size_t deepest_json = 64;

/// JSON from a process that may have been taken over (QEMU, the gateway) or from a file that one could write. Never
/// throws: what is no JSON, or is nested deeper than deepest_json, gives a discarded value (is_discarded(); no object,
/// no list). The library parses any depth, but copies, compares and prints by recursion: a megabyte of "[" would use up
/// the stack of whoever copies it. The caller bounds the text's size.
nlohmann::json parse_hostile_json(std::string_view text);

}  // namespace agentbox
