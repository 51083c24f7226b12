#include "history/words.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "manifest/duration.hpp"
#include "terminal/short_text.hpp"

namespace mpr::app {
namespace {

constexpr store::UnixTime kSecond = 1'000'000'000;

std::string formatted(const std::tm& time, const char* format) {
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &time)};
}

std::tm local(store::UnixTime time) {
  const std::time_t seconds = time / kSecond;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

std::string state_word(store::RunState state) {
  switch (state) {
    case store::RunState::running:
      return "running";
    case store::RunState::succeeded:
      return "succeeded";
    case store::RunState::failed:
      return "failed";
    case store::RunState::interrupted:
      return "interrupted";
    case store::RunState::broken:
      return "broken";
  }
  return "internal error: unknown state";
}

std::string state_word(store::JobState state) {
  switch (state) {
    case store::JobState::waiting:
      return "waiting";
    case store::JobState::running:
      return "running";
    case store::JobState::succeeded:
      return "succeeded";
    case store::JobState::failed:
      return "failed";
    case store::JobState::skipped:
      return "skipped";
  }
  return "internal error: unknown state";
}

std::string short_local_time(store::UnixTime time, store::UnixTime now) {
  constexpr store::UnixTime kYear = 365 * 24 * 3600 * kSecond;
  const bool recent = time <= now && now - time < kYear;
  return formatted(local(time), recent ? "%b %d %H:%M" : "%b %d  %Y");
}

std::string local_time(store::UnixTime time) {
  return formatted(local(time), "%Y-%m-%d %H:%M:%S");
}

std::string utc_time(store::UnixTime time) {
  const std::time_t seconds = time / kSecond;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return formatted(parts, "%Y-%m-%dT%H:%M:%S") + fmt::format(".{:03}Z", time % kSecond / 1'000'000);
}

std::string short_duration(os::Duration duration) {
  std::string text = manifest::format_duration(duration);
  std::erase(text, ' ');
  const size_t minutes = text.find("min");
  if (minutes != std::string::npos) text.erase(minutes + 1, 2);
  return text;
}

std::string aligned(const std::vector<std::vector<std::string>>& rows, const std::vector<size_t>& right) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - columns_of(row[i]), ' ');
      const bool to_right = std::find(right.begin(), right.end(), i) != right.end();
      text += (i == 0 ? "" : "  ") + (to_right ? padding + row[i] : row[i] + padding);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

}  // namespace mpr::app
