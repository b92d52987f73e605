// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

/// Pictures for the report: SVG elements that hold numbers and escaped words, and nothing that is loaded or runs. Pure.
namespace agentbox {

/// A line over time. points: seconds, and a value not below 0. highest: what the top of the scale is called.
std::string line_chart(const std::string& title, const std::vector<std::pair<double, double>>& points,
                       const std::string& highest);

/// One bar for each phase, behind one another, with its name and its time in words. Milliseconds.
std::string phase_chart(const std::vector<std::pair<std::string, double>>& phases);

}  // namespace agentbox
