// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/channel.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {

namespace {

/// More than the largest window of libssh (1.28 MB in 0.10, 2 MiB in 0.11), so that an honest server whose output
/// nobody takes does not stop the other channels of the connection.
constexpr std::size_t bound = std::size_t{9} << 18U;  // 2.25 MiB

/// One packet's worth (RFC 4253 section 6.1): a write is not to fill libssh's buffer by itself.
constexpr std::size_t largest_write = 32768;

}  // namespace

Channel::Channel(ssh_session session) : raw_(ssh_channel_new(session)) {
  if (raw_ == nullptr) {
    throw Error(ErrorKind::backend,
                fmt::format("cannot make an SSH channel: {}", escape_untrusted(ssh_get_error(session), 300)));
  }
  register_callbacks();
}

Channel::Channel(ssh_channel accepted) : raw_(accepted) { register_callbacks(); }

Channel::~Channel() {
  // libssh keeps a freed channel until the server closes it, too, and would call back into our freed memory.
  ssh_remove_channel_callbacks(raw_, &callbacks_);
  ssh_channel_free(raw_);
}

void Channel::register_callbacks() {
  callbacks_.userdata = this;
  callbacks_.channel_data_function = [](ssh_session, ssh_channel, void*, std::uint32_t length, int is_stderr,
                                        void* self) { return static_cast<Channel*>(self)->on_data(length, is_stderr); };
  callbacks_.channel_eof_function = [](ssh_session, ssh_channel, void* self) {
    static_cast<Channel*>(self)->remote_eof_ = true;
  };
  callbacks_.channel_close_function = [](ssh_session, ssh_channel, void* self) {
    auto* channel = static_cast<Channel*>(self);
    channel->remote_eof_ = true;
    channel->remote_closed_ = true;
  };
  callbacks_.channel_exit_status_function = [](ssh_session, ssh_channel, int code, void* self) {
    // An uint32 of the server's choice. What does not fit an exit code must not become a 0.
    static_cast<Channel*>(self)->on_exit(ExitStatus::exited(code >= 0 && code <= 255 ? code : 255));
  };
  callbacks_.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* name, int, const char*,
                                               const char*, void* self) {
    // ssh_channel_get_exit_status() would only say -1.
    static_cast<Channel*>(self)->on_exit(ExitStatus::signaled(std::string(name)));
  };
  ssh_callbacks_init(&callbacks_);
  ssh_set_channel_callbacks(raw_, &callbacks_);
}

/// Called with all that libssh holds of the stream; returns what libssh may forget.
int Channel::on_data(std::size_t buffered, int is_stderr) noexcept {
  if (discarding_) {
    return static_cast<int>(buffered);
  }
  inboxes_[is_stderr != 0 ? 1 : 0].in_libssh = buffered;
  return 0;
}

void Channel::on_exit(ExitStatus status) noexcept {
  if (!exit_status_) {
    exit_status_ = std::move(status);
  }
}

bool Channel::over_bound() const {
  return std::any_of(inboxes_.begin(), inboxes_.end(), [](const Inbox& box) { return box.in_libssh > bound; });
}

void Channel::take_from_libssh(Stream stream) {
  Inbox& box = inbox(stream);
  if (box.offset == box.taken.size()) {
    box.taken.clear();
    box.offset = 0;
  }
  const std::size_t before = box.taken.size();
  box.taken.resize(before + box.in_libssh);
  const int count = ssh_channel_read(raw_, box.taken.data() + before, static_cast<std::uint32_t>(box.in_libssh),
                                     static_cast<int>(stream));
  box.taken.resize(before + static_cast<std::size_t>(std::max(count, 0)));
  box.in_libssh -= count > 0 ? static_cast<std::size_t>(count) : box.in_libssh;  // an error: it is lost
}

void Channel::rescue() {
  for (const Stream stream : {Stream::standard_output, Stream::standard_error}) {
    if (inbox(stream).in_libssh > 0) {
      take_from_libssh(stream);
    }
  }
}

bool Channel::readable(Stream stream) const {
  const Inbox& box = inbox(stream);
  return box.offset < box.taken.size() || box.in_libssh > 0;
}

std::string Channel::read(Stream stream, std::size_t limit) {
  Inbox& box = inbox(stream);
  if (box.offset == box.taken.size() && box.in_libssh > 0) {
    take_from_libssh(stream);
  }
  std::string part = box.taken.substr(box.offset, limit);
  box.offset += part.size();
  return part;
}

std::size_t Channel::window() const {
  // A channel that either side has closed takes nothing, whatever its last window was.
  return ssh_channel_is_open(raw_) != 0 && !remote_closed_ ? ssh_channel_window_size(raw_) : 0;
}

std::size_t Channel::write(std::string_view data) {
  data = data.substr(0, std::min(largest_write, window()));
  if (data.empty()) {
    return 0;  // ssh_channel_write() would wait for a window
  }
  const int count = ssh_channel_write(raw_, data.data(), static_cast<std::uint32_t>(data.size()));
  return static_cast<std::size_t>(std::max(count, 0));
}

void Channel::send_eof() { ssh_channel_send_eof(raw_); }

void Channel::close_and_discard() {
  rescue();
  inboxes_ = {};
  discarding_ = true;
  ssh_channel_close(raw_);
}

}  // namespace agentbox
