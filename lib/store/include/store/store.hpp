// Store: the record of runs, in one file for several processes: which tasks ended how, and what they printed.
//
//   Store store = Store::open(".mpr/runs.db", Durability::process);       // made if it is not there
//   RunWriter writer = RunWriter::begin(store, info);                     // see run_writer.hpp
//   for (const RunRecord& run : store.runs()) ...                         // oldest first
//
// On disk: PATH (SQLite), PATH-wal and PATH-shm (its), PATH.lock (who writes which run), PATH.outputs/RUN/ (outputs too
//   large for a record). All are their user's alone. The file must not be copied without its -wal.
// Ownership: a Store owns its connection; writers and indexes borrow it. Movable while none borrows it.
// Errors: StoreError. Of a damaged store, whatever can be read is still told; a record that is not as it was written is
//   never taken for a result: it is left out, and counted.
// Threads: one.
// Processes: opened in the process that runs tasks, and never used by a forked child, not even to close it: children
//   end with _exit, or exec (all descriptors are close-on-exec). Several processes may have one store open, and write
//   different runs in it; one run is written by one process at a time. If a process dies at any moment, all that was
//   committed is there for the next, and its run is told as interrupted.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/error.hpp"
#include "store/records.hpp"

namespace mpr::store {

/// What a committed record survives.
enum class Durability : uint8_t {
  process,  ///< the death of any process. A power failure may take the last seconds, and never more
  power,    ///< that of the machine too, at a disk flush for each commit
};

/// Which runs to remove. With both: those that are neither among the newest nor young.
struct PrunePolicy {
  std::optional<uint64_t> keep{};            ///< not the newest N
  std::optional<os::Duration> older_than{};  ///< only those that ended (if they did not: began) longer ago
};

struct Pruned {
  uint64_t runs = 0;
  uint64_t running = 0;  ///< left, because a process is writing them
};

struct StoreParts;

class Store {
 public:
  /// For reading and writing. Makes what is missing of the path, for this user alone. `file_system`: its type, where
  /// that is not to be asked of the system.
  [[nodiscard]] static Store open(const std::string& path, Durability durability,
                                  std::optional<int64_t> file_system = {});
  /// For reading alone. Throws StoreError, Cause::absent, when there is none.
  [[nodiscard]] static Store open_existing(const std::string& path);
  /// An existing one, for reading and writing.
  [[nodiscard]] static Store open_existing_for_writing(const std::string& path);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  [[nodiscard]] const std::string& path() const;
  /// What its user may want to know of how it is kept: empty, or one line.
  [[nodiscard]] const std::string& notice() const;

  /// In the order in which they began.
  [[nodiscard]] std::vector<RunRecord> runs();
  /// The one with this id, or else all whose ids begin like this.
  [[nodiscard]] std::vector<RunRecord> find_runs(const std::string& id_or_prefix);
  [[nodiscard]] std::optional<RunRecord> newest_run();
  /// The newest of a plan.
  [[nodiscard]] std::optional<RunRecord> newest_run(const std::string& plan);

  [[nodiscard]] std::vector<JobRecord> jobs(RunKey run);
  [[nodiscard]] std::vector<WorkerRecord> workers(RunKey run);
  /// Those that still live: while there is one, its tasks must not be run again.
  [[nodiscard]] std::vector<WorkerRecord> surviving_workers(RunKey run);

  /// All attempts of a run, roughly as they ended; answers how many damaged ones were left out.
  uint64_t each_attempt(RunKey run, const std::function<void(AttemptRecord&)>& visit);
  /// None: there is none, or it is damaged. (The output's file has not been looked at.)
  [[nodiscard]] std::optional<AttemptRecord> attempt(AttemptKey key);

  using Consume = std::function<void(std::span<const std::byte>)>;
  /// Gives an attempt's output piece by piece. False when it is not what was written: some of it may have been given.
  [[nodiscard]] bool read_output(const AttemptRecord& attempt, worker::Stream stream, const Consume& consume);

  /// Removes runs, never one that a process is writing, with all that belongs to them, and gives the room back.
  Pruned prune(const PrunePolicy& policy, UnixTime now);

  /// Reads everything: what SQLite finds wrong with the file; empty if nothing.
  [[nodiscard]] std::string check();

  /// For this floor alone.
  [[nodiscard]] StoreParts& parts() { return *parts_; }

 private:
  explicit Store(std::unique_ptr<StoreParts> parts);
  std::unique_ptr<StoreParts> parts_;
};

}  // namespace mpr::store
