// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/side_services.hpp"

namespace agentbox {

void SideServices::add(SideService& service) {
  events_.add(service.fd());
  services_[service.fd()] = &service;
}

SideService::Served SideServices::serve() {
  Served served = Served::go_on;
  for (const int fd : events_.readable()) {
    if (services_.at(fd)->serve() == Served::end_relay) {
      served = Served::end_relay;
    }
  }
  return served;
}

}  // namespace agentbox
