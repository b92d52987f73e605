// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/usernet.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <string>
#include <vector>

namespace agentbox {
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (auto& word : split(trim(line), ' ')) {
    if (!word.empty()) {
      words.push_back(std::move(word));
    }
  }
  return words;
}

}  // namespace

std::optional<Port> forwarded_port(std::string_view info_usernet, Port guest_port) {
  for (const auto& line : split(info_usernet, '\n')) {
    const auto words = words_of(line);
    // Connections through the forward are listed, too, as TCP[ESTABLISHED] and so on.
    if (words.size() < 6 || words[0] != "TCP[HOST_FORWARD]" || words[2] != "127.0.0.1" ||
        words[5] != std::to_string(guest_port.number())) {
      continue;
    }
    try {
      return Port::parse(words[3]);
    } catch (const Error&) {
      return std::nullopt;  // port 0: QEMU could not say which port it got
    }
  }
  return std::nullopt;
}

}  // namespace agentbox
