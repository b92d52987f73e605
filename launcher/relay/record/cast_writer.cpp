// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/record/cast_writer.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <exception>

namespace agentbox {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t room_for_last_line = 256;

UniqueFd make_file(const std::filesystem::path& file) {
  try {
    return open_file(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  } catch (const Error&) {
    if (std::filesystem::exists(std::filesystem::symlink_status(file))) {
      throw Error(ErrorKind::usage, "the recording " + escape_untrusted(file.string(), 400) + " exists already",
                  "name another file, or remove that one");
    }
    throw;
  }
}

std::string header(const std::string& title, TerminalSize size) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  return Json{
      {"version", 2}, {"width", size.columns}, {"height", size.rows}, {"timestamp", now.count()}, {"title", title}}
      .dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

CastWriter::CastWriter(const CastSettings& settings, TerminalSize size)
    : file_(settings.file),
      fd_(make_file(settings.file)),
      filter_({}, OutputUse::replay, Encoding::utf8),
      masker_(settings.secrets),
      began_(Clock::now()),
      room_(settings.most_bytes) {
  write_line(header(settings.title, size));
}

void CastWriter::output(std::string_view text, Form form) {
  if (!fd_) {
    return;
  }
  std::string with_returns;
  if (form == Form::lines) {
    for (const char byte : text) {
      with_returns += byte == '\n' && !after_return_ ? "\r\n" : std::string_view(&byte, 1);
      after_return_ = byte == '\r';
    }
    text = with_returns;
  }
  const std::string shown = masker_.mask(filter_.filter(text));
  if (!shown.empty()) {
    write_event("o", shown);
  }
}

void CastWriter::resize(TerminalSize size) { write_event("r", fmt::format("{}x{}", size.columns, size.rows)); }

void CastWriter::finish() noexcept {
  try {
    if (const std::string rest = masker_.finish(); !rest.empty()) {
      write_event("o", rest);
    }
  } catch (const std::exception&) {  // memory: the end of the recording is lost
  }
  fd_.reset();
}

void CastWriter::write_event(std::string_view kind, std::string_view text) {
  if (!fd_) {
    return;
  }
  const std::chrono::duration<double> at = Clock::now() - began_;
  const auto line = [&](std::string_view word, std::string_view words) {
    return fmt::format("[{:.6f}, \"{}\", {}]", at.count(), word,
                       Json(words).dump(-1, ' ', false, Json::error_handler_t::replace));
  };
  const std::string event = line(kind, text);
  if (event.size() + room_for_last_line > room_) {
    problem_ = "the recording is full; it ends before the session did";
    write_line(line("m", problem_));
    fd_.reset();
    return;
  }
  write_line(event);
}

void CastWriter::write_line(const std::string& line) {
  try {
    write_all(fd_.get(), line + "\n");
    room_ -= std::min(room_, line.size() + 1);
  } catch (const Error& error) {
    problem_ = std::string("the recording could not be written any further: ") + error.what();
    fd_.reset();
  }
}

}  // namespace agentbox
