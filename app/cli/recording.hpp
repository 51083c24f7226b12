// Recording: the run store of one run of `mpr map` or `mpr run`, opened as its options say.
//
//   Recording recording(path, settings.store, info, plan, {.directory = here});
//   options.pool.worker.run_id = recording.run_id();
//   runner::run(options, plan, front_end, &recording.recorder());
//
// With --resume it goes on with an earlier run of the same plan, or begins one where there is none.
// Errors: StoreError; UsageError when a run is named that there is not. A run is resumed only when nothing that its
//   earlier session started is alive; that is waited for, for a while.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_settings.hpp"
#include "runner/plan.hpp"
#include "store/run_recorder.hpp"
#include "store/store.hpp"

namespace mpr::app {

class Recording {
 public:
  struct Place {
    std::string directory;                        ///< that tasks without one of their own run in
    std::vector<std::vector<unsigned>> affinity;  ///< of the workers
  };

  Recording(const std::string& path, const StoreSettings& settings, store::RunInfo info, const runner::Plan& plan,
            Place place);

  [[nodiscard]] const std::string& run_id() const { return recorder_->run().info.id; }
  [[nodiscard]] store::RunRecorder& recorder() { return *recorder_; }
  /// What there is to say before it begins: empty, or one line.
  [[nodiscard]] const std::string& notice() const { return notice_; }
  /// The same, of what is worth a warning.
  [[nodiscard]] const std::string& warning() const { return warning_; }

 private:
  store::Store store_;
  std::unique_ptr<store::RunRecorder> recorder_;
  std::string notice_;
  std::string warning_;
};

/// The run that --resume is about; none if there is none. Throws UsageError when a run is named that there is not.
[[nodiscard]] std::optional<store::RunRecord> resumed_run(store::Store& store, const StoreSettings& settings,
                                                          const std::string& plan);

}  // namespace mpr::app
