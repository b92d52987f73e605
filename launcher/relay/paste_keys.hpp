// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// Finds in what is typed the two things that agents take for "paste the image on the clipboard": Ctrl-V, as a control character or in
/// the forms of the kitty keyboard protocol (`ESC[118;5u`) and of xterm's modifyOtherKeys (`ESC[27;5;118~`), and a bracketed paste of
/// nothing, which is what a terminal makes of a clipboard without text. In a paste that has content nothing is a key. The same
/// however the bytes are split, but that a lone beginning of ESC and `[` is not waited for: it may be the keys themselves.
class PasteKeyScanner {
 public:
  struct Part {
    std::string text;  ///< as it was typed
    enum class Kind { other, paste_key } kind = Kind::other;
    friend bool operator==(const Part&, const Part&) = default;
  };

  /// All that was typed, in order, but for the beginning of a sequence whose end is still to come.
  std::vector<Part> scan(std::string_view typed);

 private:
  std::string held_;
  bool in_paste_ = false;
};

}  // namespace agentbox
