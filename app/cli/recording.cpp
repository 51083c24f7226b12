#include "cli/recording.hpp"

#include <fmt/format.h>

#include "cli/usage_error.hpp"
#include "os/clock.hpp"
#include "store/finished.hpp"

namespace mpr::app {
namespace {

/// Workers whose mpr has died end what they run and go: that takes them moments.
void wait_for_survivors(store::Store& store, const store::RunRecord& run) {
  constexpr std::chrono::seconds kPatience{20};
  constexpr std::chrono::milliseconds kPause{10};
  const os::Time limit = os::Clock::now() + kPatience;
  for (;;) {
    const auto alive = store.surviving_workers(run.key);
    if (alive.empty()) return;
    if (os::Clock::now() >= limit) {
      throw store::StoreError(store::StoreError::Cause::in_use,
                              fmt::format("worker {} of run {} is still alive, process {}", alive.front().slot,
                                          run.info.id, alive.front().process.pid),
                              "its tasks may still be running; end it, then resume");
    }
    os::sleep_for(kPause);
  }
}

}  // namespace

std::optional<store::RunRecord> resumed_run(store::Store& store, const StoreSettings& settings,
                                            const std::string& plan) {
  if (!settings.resume) return std::nullopt;
  if (settings.resumed_run.empty()) return store.newest_run(plan);
  const auto found = store.find_runs(settings.resumed_run);
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    throw UsageError("there is no run '" + settings.resumed_run + "' in store '" + store.path() + "'",
                     "mpr runs lists them");
  }
  throw UsageError(fmt::format("'{}' may be {} or {}, among {} runs", settings.resumed_run, found[0].info.id,
                               found[1].info.id, found.size()));
}

Recording::Recording(const std::string& path, const StoreSettings& settings, store::RunInfo info,
                     const runner::Plan& plan, Place place)
    : store_(store::Store::open(path, settings.durability)) {
  store::RunRecorder::Options options;
  options.directory = std::move(place.directory);
  options.affinity = std::move(place.affinity);
  if (settings.durability == store::Durability::power) options.most_delay = std::chrono::milliseconds(50);
  warning_ = store_.notice();
  const auto earlier = resumed_run(store_, settings, info.plan);
  if (settings.resume && !earlier) notice_ = "there is no earlier run to resume: a new one begins";
  if (!earlier) {
    recorder_ =
        std::make_unique<store::RunRecorder>(store_, store::RunWriter::begin(store_, info), plan, std::move(options));
    return;
  }
  auto writer = store::RunWriter::resume(store_, earlier->info.id, info.workers);
  wait_for_survivors(store_, *earlier);
  if (const size_t cut_off = writer.were_running().size(); cut_off > 0) {
    notice_ = fmt::format("{} when the last session died: to be run again",
                          cut_off == 1 ? "1 task was running" : fmt::format("{} tasks were running", cut_off));
  }
  const auto retry = settings.retry_failed ? store::Retry::failed : store::Retry::unfinished;
  options.finished = store::Finished::of(store_, earlier->key, retry);
  recorder_ = std::make_unique<store::RunRecorder>(store_, std::move(writer), plan, std::move(options));
}

}  // namespace mpr::app
