#include "history/run_table.hpp"

#include <algorithm>
#include <vector>

#include "history/words.hpp"
#include "manifest/shell_quote.hpp"
#include "terminal/short_text.hpp"

namespace mpr::app {
namespace {

constexpr size_t kDateAndTime = std::string_view("20261122T215301").size();
constexpr size_t kLeastTitle = 10;

std::vector<std::string> sorted_ids(std::span<const store::RunRecord> runs) {
  std::vector<std::string> ids;
  for (const store::RunRecord& run : runs) ids.push_back(run.info.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

size_t common_beginning(const std::string& a, const std::string& b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

/// The shortest beginning of an id that is no other's; its neighbours in order are those most like it.
std::string short_id(const std::string& id, const std::vector<std::string>& sorted) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), id);
  size_t length = kDateAndTime;
  if (at != sorted.begin()) length = std::max(length, common_beginning(id, *std::prev(at)) + 1);
  if (std::next(at) != sorted.end()) length = std::max(length, common_beginning(id, *std::next(at)) + 1);
  return manifest::printable(id.substr(0, length));
}

std::string done_of(const store::Counts& counts) {
  const uint64_t done = counts.succeeded + counts.failed;
  if (!counts.total || *counts.total == done) return std::to_string(done);
  return std::to_string(done) + "/" + std::to_string(*counts.total);
}

size_t widest_line(const std::string& text) {
  size_t widest = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    widest = std::max(widest, end - begin);
    begin = end + 1;
  }
  return widest;
}

}  // namespace

std::optional<os::Duration> session_time(const store::RunRecord& run, store::UnixTime now) {
  const store::UnixTime end = run.state == store::RunState::running ? now : run.ended;
  if (end == 0) return std::nullopt;
  return os::Duration(std::max<store::UnixTime>(0, end - run.session_started));
}

std::string run_table(std::span<const store::RunRecord> runs, store::UnixTime now, size_t width) {
  if (runs.empty()) return "";
  const std::vector<std::string> ids = sorted_ids(runs);
  std::vector<std::vector<std::string>> rows{{"RUN", "STARTED", "STATE", "TASKS", "FAILED", "TIME"}};
  for (const store::RunRecord& run : runs) {
    const auto time = session_time(run, now);
    rows.push_back({short_id(run.info.id, ids), short_local_time(run.started, now), state_word(run.state),
                    done_of(run.counts), std::to_string(run.counts.failed), time ? short_duration(*time) : "-"});
  }
  const std::vector<size_t> right{3, 4, 5};
  const size_t before_title = widest_line(aligned(rows, right)) + 2;
  const size_t room = width == 0 ? std::string::npos : std::max(kLeastTitle, width - std::min(width, before_title));
  rows[0].emplace_back("TITLE");
  for (size_t i = 0; i < runs.size(); ++i) rows[i + 1].push_back(cut(manifest::printable(runs[i].info.title), room));
  return aligned(rows, right);
}

}  // namespace mpr::app
