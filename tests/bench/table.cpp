#include "bench/table.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace navette::bench {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f", value);
  return text;
}

// Columns count characters, not bytes.
std::string padded(std::string text, std::size_t width, bool right = false) {
  const auto length = static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  const std::string blanks(width > length ? width - length : 0, ' ');
  return right ? blanks + text : text + blanks;
}

}  // namespace

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

void stop(const std::string& why) { throw std::runtime_error(why); }

void Table::begin(std::string workload, std::string told) {
  std::printf("\n%s: %s\n", workload.c_str(), told.c_str());
  std::printf("  %s %s %s %s  %s\n", padded("", 46).c_str(), padded("median", 9, true).c_str(),
              padded("min–max", 19, true).c_str(), padded("goal", 9, true).c_str(), "limit in this run");
  std::fflush(stdout);
  workloads_.push_back(
      {{"workload", std::move(workload)}, {"what", std::move(told)}, {"lines", nlohmann::json::array()}});
}

void Table::add(Line line) {
  const double median = quantile(line.runs, 0.5);
  const auto [least, most] = std::ranges::minmax(line.runs);
  std::string tail = line.limit ? number(*line.limit) + " " + line.unit + " (" + line.limit_is + ")" : "";
  if (line.goal && median > *line.goal) tail += tail.empty() ? "MISSED" : "  MISSED";
  if (!line.note.empty()) tail += (tail.empty() ? "" : "  ") + line.note;
  std::printf("  %s %s %s %s  %s\n", padded(line.what + ", " + line.unit, 46).c_str(),
              padded(number(median), 9, true).c_str(), padded(number(least) + "–" + number(most), 19, true).c_str(),
              padded(line.goal ? "≤ " + number(*line.goal) : "", 9, true).c_str(), tail.c_str());
  std::fflush(stdout);
  nlohmann::json one{{"what", line.what}, {"unit", line.unit}, {"median", median},
                     {"min", least},      {"max", most},       {"runs", line.runs}};
  if (line.goal) one["goal"] = *line.goal;
  if (line.goal) one["reached"] = median <= *line.goal;
  if (line.limit) one["limit"] = {{"value", *line.limit}, {"what", line.limit_is}};
  if (!line.note.empty()) one["note"] = line.note;
  workloads_.back()["lines"].push_back(std::move(one));
}

nlohmann::json Table::json() const { return workloads_; }

}  // namespace navette::bench
