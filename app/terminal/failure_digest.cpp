#include "terminal/failure_digest.hpp"

#include <algorithm>
#include <string_view>

#include "manifest/duration.hpp"
#include "manifest/shell_quote.hpp"
#include "terminal/short_text.hpp"

namespace mpr::app {
namespace {

constexpr size_t kTailBytes = 2048;
constexpr size_t kTailLines = 3;
constexpr size_t kLineColumns = 160;
constexpr size_t kCommandColumns = 400;

/// Keeps at least kTailBytes of what it was given last, at most twice that.
void append_to_tail(std::string& tail, std::string_view text) {
  if (text.size() > kTailBytes) {
    tail.clear();
    text.remove_prefix(text.size() - kTailBytes);
  }
  tail += text;
  if (tail.size() > 2 * kTailBytes) tail.erase(0, tail.size() - kTailBytes);
}

bool has_run(const worker::Result& result) {
  return result.ending != worker::Ending::could_not_start && result.ending != worker::Ending::worker_lost;
}

std::string failure_text(const worker::Result& result, const FailureDigest::Task& task, std::string_view tail) {
  std::string text = "mpr: task " + task.name + " failed";
  if (result.attempt > 1) text += " after " + std::to_string(result.attempt) + " attempts";
  text += ": " + worker::describe(result);
  if (has_run(result)) text += " after " + manifest::format_duration(result.elapsed);
  text += ": " + cut(manifest::printable(manifest::shell_join(task.argv)), kCommandColumns) + "\n";
  for (const std::string& line : last_lines(tail, kTailLines)) text += "    " + cut(line, kLineColumns) + "\n";
  return text;
}

std::string counted_tasks(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " task" : " tasks");
}

std::string failed_count(uint64_t failed, std::optional<uint64_t> total) {
  if (!total) return counted_tasks(failed) + " failed";
  return std::to_string(failed) + " of " + counted_tasks(*total) + " failed";
}

/// "2 tasks cancelled, 95 never started"; empty when all were run to their end.
std::string not_run(const runner::Counters& counters, std::optional<uint64_t> total) {
  const uint64_t unread = total && *total > counters.added ? *total - counters.added : 0;
  const uint64_t never_started = counters.dropped + unread;
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (counters.cancelled > 0) add(counted_tasks(counters.cancelled) + " cancelled");
  if (never_started > 0)
    add((text.empty() ? counted_tasks(never_started) : std::to_string(never_started)) + " never started");
  if (!total) add("inputs after task " + std::to_string(counters.added) + " not read");
  return text;
}

}  // namespace

void FailureDigest::output(worker::TaskNumber number, worker::Stream stream, std::span<const std::byte> bytes) {
  if (stream != worker::Stream::err || full()) return;
  append_to_tail(tails_[number], {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void FailureDigest::finished(const runner::FinishedTask& task) {
  const worker::Result& result = task.result;
  if (!full() && !result.success() && result.ending != worker::Ending::cancelled) {
    const auto tail = tails_.find(result.number);
    failures_.push_back(
        failure_text(result, describe_(task), tail == tails_.end() ? std::string_view() : tail->second));
  }
  if (full())
    tails_.clear();
  else
    tails_.erase(result.number);
}

std::string FailureDigest::text(const runner::Counters& counters, std::optional<uint64_t> total) const {
  std::string text;
  if (counters.failed > 0) text += "mpr: " + failed_count(counters.failed, total) + "\n";
  for (const std::string& failure : failures_) text += failure;
  if (!failures_.empty() && counters.failed > failures_.size()) {
    text += "mpr: ... and " + std::to_string(counters.failed - failures_.size()) + " more\n";
  }
  if (counters.tolerated > 0) text += "mpr: " + counted_tasks(counters.tolerated) + " failed in jobs that may fail\n";
  if (const std::string rest = not_run(counters, total); !rest.empty()) text += "mpr: " + rest + "\n";
  return text;
}

}  // namespace mpr::app
