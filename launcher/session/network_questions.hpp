// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/host/question_stream.hpp"
#include "relay/ask/ask_source.hpp"
#include "session/application.hpp"
#include "store/network_answers.hpp"

#include <string>

namespace agentbox {

/// Where "always" is kept.
NetworkAnswerStore network_answers_of(const Application& application);

/// A session's questions on their way from its gateway to the relay; "always" is written down on the way back.
class NetworkQuestions : public AskSource {
 public:
  NetworkQuestions(QuestionStream stream, std::string project, std::string policy, const Application& application);

  [[nodiscard]] int fd() const override { return stream_.fd(); }
  std::optional<QuestionEvent> next() override { return stream_.next(); }
  void answer(const AskQuestion& question, AskAnswer answer) override;

  /// Why an "always" holds for this session only; for when the terminal is the user's again. Empty: nothing of the
  /// kind.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  QuestionStream stream_;
  NetworkAnswerStore store_;
  std::string project_;
  std::string policy_;
  std::string problem_;
};

}  // namespace agentbox
