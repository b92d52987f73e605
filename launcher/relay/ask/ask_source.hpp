// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/ask_question.hpp"

namespace agentbox {

/// Where the questions come from that the relay puts to its user, and where the answers go.
class AskSource {
 public:
  virtual ~AskSource() = default;

  /// Readable when next() has something; -1 when nothing more will come.
  [[nodiscard]] virtual int fd() const = 0;
  /// Never blocks. At most one question is posed at a time.
  virtual std::optional<QuestionEvent> next() = 0;
  virtual void answer(const AskQuestion& question, AskAnswer answer) = 0;
};

}  // namespace agentbox
