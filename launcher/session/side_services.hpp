// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/side_service.hpp"
#include "sys/event_set.hpp"

#include <map>

namespace agentbox {

/// Several side services as the one that a relay takes. They must outlive it.
class SideServices : public SideService {
 public:
  void add(SideService& service);

  [[nodiscard]] int fd() const override { return events_.fd(); }
  Served serve() override;

 private:
  EventSet events_;
  std::map<int, SideService*> services_;
};

}  // namespace agentbox
