// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/report/chart.hpp"

#include "core/markup.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {
namespace {

constexpr double chart_width = 640;
constexpr double chart_height = 120;
constexpr double row_height = 22;
constexpr double name_width = 170;

std::string time_in_words(double milliseconds) {
  return format_duration(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

}  // namespace

std::string line_chart(const std::string& title, const std::vector<std::pair<double, double>>& points,
                       const std::string& highest) {
  double last = 0;
  double top = 0;
  for (const auto& [time, value] : points) {
    last = std::max(last, time);
    top = std::max(top, value);
  }
  std::string line;
  for (const auto& [time, value] : points) {
    const double x = last > 0 ? time / last * chart_width : 0;
    const double y = chart_height - (top > 0 ? value / top * chart_height : 0);
    line += fmt::format("{}{:.1f},{:.1f}", line.empty() ? "" : " ", x, y);
  }
  return fmt::format(
      "<figure><figcaption>{} <span class=\"scale\">at most {}</span></figcaption>\n"
      "<svg viewBox=\"-2 -4 {:.0f} {:.0f}\" role=\"img\"><polyline class=\"axis\" points=\"0,0 0,{:.0f} "
      "{:.0f},{:.0f}\"/>"
      "<polyline class=\"line\" points=\"{}\"/></svg>\n<div class=\"times\"><span>0 "
      "s</span><span>{}</span></div></figure>\n",
      escape_markup(title), escape_markup(highest), chart_width + 4, chart_height + 8, chart_height, chart_width,
      chart_height, line, escape_markup(time_in_words(last * 1000)));
}

std::string phase_chart(const std::vector<std::pair<std::string, double>>& phases) {
  double sum = 0;
  for (const auto& [name, time] : phases) {
    sum += std::max(time, 0.0);
  }
  const double room = chart_width - name_width;
  double begin = 0;
  double y = 0;
  std::string rows;
  for (const auto& [name, time] : phases) {
    const double width = sum > 0 ? std::max(time, 0.0) / sum * room : 0;
    const double x = name_width + (sum > 0 ? begin / sum * room : 0);
    // The words stand on the side where there is room for them.
    const bool late = x > name_width + room / 2;
    rows += fmt::format(
        "<text x=\"0\" y=\"{0:.0f}\">{1}</text><rect class=\"bar\" x=\"{2:.1f}\" y=\"{3:.0f}\" width=\"{4:.1f}\" "
        "height=\"14\"/>"
        "<text class=\"time\" x=\"{5:.1f}\" y=\"{0:.0f}\" text-anchor=\"{6}\">{7}</text>\n",
        y + 14, escape_markup(escape_untrusted(name, 40)), x, y + 3, std::max(width, 1.0),
        late ? x - 6 : x + std::max(width, 1.0) + 6, late ? "end" : "start", escape_markup(time_in_words(time)));
    begin += std::max(time, 0.0);
    y += row_height;
  }
  // A bar over the whole width has its words behind it.
  return fmt::format("<svg class=\"phases\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\">\n{}</svg>\n", chart_width + 110,
                     y + 4, rows);
}

}  // namespace agentbox
