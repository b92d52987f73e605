// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// Opens /dev/null in the place of standard descriptors that our caller has closed. Otherwise the next file that we
/// open would become our standard output, and what an agent prints would go into it. Call it before anything opens a
/// file.
void open_missing_standard_descriptors();

/// To standard output, all of it. A reader that went away (| head) ends us as SIGPIPE would: throws Interrupted. Throws
/// Error{environment} when it cannot be written otherwise (a full disk).
void print(std::string_view text);

/// To standard error. What cannot be said there cannot be said anywhere, so failures are ignored.
void print_error_output(std::string_view text) noexcept;

/// Columns, each as wide as its widest cell, two spaces apart. The first row is the heading. Cells are shown as they
/// are: escape what is not ours first.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

/// Terminal columns that text (valid UTF-8 without control characters) takes up at most: wide and ambiguous characters
/// count as two, combining ones as one.
std::size_t display_width(std::string_view text);
/// The beginning of text that fits into so many columns; "…" stands at its end when something is missing.
std::string fit_to_width(std::string_view text, std::size_t columns);

}  // namespace agentbox
