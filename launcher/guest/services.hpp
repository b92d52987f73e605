// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The guest's own services (systemd itself, its journal, its bus) while a fork starts. They notice everything that
/// gives a fork its identity (a host name, a clock, mounts) and look at all of it again, which under emulation takes as
/// long as the session's command. So they stand still in the template, and in a fork until that command has had a
/// moment (docs/decisions/0067).
namespace agentbox::guest {

/// Stops all services but the one that this process belongs to. Does nothing where there are no control groups.
void hold_services();

/// Lets them go on. Does nothing when they do already.
void release_services();

/// Returns when what has just been started has had the processors to itself for a second.
void give_head_start();

}  // namespace agentbox::guest
