// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libssh/libssh.h>

#include <memory>
#include <type_traits>

namespace agentbox {

/// Owners of libssh's objects; nothing more. These types never leave this folder.
template <class Handle, void (*free_handle)(Handle)>
struct SshDeleter {
  void operator()(Handle handle) const noexcept { free_handle(handle); }
};
template <class Handle, void (*free_handle)(Handle)>
using SshOwner = std::unique_ptr<std::remove_pointer_t<Handle>, SshDeleter<Handle, free_handle>>;

using SshKeyOwner = SshOwner<ssh_key, ssh_key_free>;
using SshTextOwner = SshOwner<char*, ssh_string_free_char>;
using SshEventOwner = SshOwner<ssh_event, ssh_event_free>;

/// ssh_free() without ssh_disconnect(): the latter leaves a socket that came by SSH_OPTIONS_FD open unless an error has
/// closed it meanwhile, so that nobody knows whose it is. ssh_free() alone always closes it, once.
using SshSessionOwner = SshOwner<ssh_session, ssh_free>;

}  // namespace agentbox
