// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/network_questions.hpp"

#include "core/error.hpp"

#include <exception>
#include <utility>

namespace agentbox {

NetworkAnswerStore network_answers_of(const Application& application) {
  return NetworkAnswerStore(application.directories.data / "network-answers");
}

NetworkQuestions::NetworkQuestions(QuestionStream stream, std::string project, std::string policy, const Application& application)
    : stream_(std::move(stream)),
      store_(network_answers_of(application)),
      project_(std::move(project)),
      policy_(std::move(policy)) {}

void NetworkQuestions::answer(const AskQuestion& question, AskAnswer answer) {
  if (answer == AskAnswer::always) {
    const std::string host = question.name.text() + ":" + std::to_string(question.port);
    try {
      store_.add(project_, policy_, host);
    } catch (const std::exception& error) {  // a full disk must not end the session, nor keep the answer from it
      problem_ = host + " is not allowed to later sessions: " + error.what();
      answer = AskAnswer::session;
    }
  }
  stream_.answer(question.id, answer);
}

}  // namespace agentbox
