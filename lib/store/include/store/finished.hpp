// Finished: which tasks of a run need not be run again, found by what they run.
//
//   Finished finished = Finished::of(store, run.key, Retry::unfinished);
//   if (const auto attempt = finished.take(identity)) writer.reused(*attempt, task);      // print its output again
//   else ...                                                                             // run it
//
// Finished are tasks that ended by themselves (with success or not), that could not be started, and that timed out. Not
// those that were cancelled, that lost their worker, or that were running when mpr died: they run again.
// Tasks of one identity (an input given twice) each take one of the results, in the order of the tasks.
//
// Ownership: borrows the store. Memory: 40 bytes a task.
// Errors: StoreError. A result that is not as it was written, in the record or in an output's file, is never given: its
//   task runs again, and is counted.
// Threads: one. Processes: as for Store.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "store/records.hpp"
#include "store/store.hpp"

namespace mpr::store {

enum class Retry : uint8_t {
  unfinished,  ///< run again what has not finished
  failed,      ///< and also what has, but failed
};

class Finished {
 public:
  [[nodiscard]] static Finished of(Store& store, RunKey run, Retry retry);

  /// The next result of this identity that nobody has taken, read and verified.
  [[nodiscard]] std::optional<AttemptRecord> take(const Identity& identity);

  /// Results that were found, and how many of them proved to be damaged when they were to be taken.
  [[nodiscard]] size_t size() const { return entries_.size(); }
  [[nodiscard]] uint64_t damaged() const { return damaged_; }

 private:
  struct Entry {
    Identity identity;
    AttemptKey key;
    worker::TaskNumber number;
    uint32_t job;
    uint32_t taken;  ///< of the first one of an identity: how many of them are gone
  };
  static_assert(sizeof(Entry) == 40);

  explicit Finished(Store& store) : store_(&store) {}
  void put_in_order();
  [[nodiscard]] bool intact(const AttemptRecord& attempt);

  Store* store_;
  std::vector<Entry> entries_;  ///< by identity, then by task
  uint64_t damaged_ = 0;
};

}  // namespace mpr::store
