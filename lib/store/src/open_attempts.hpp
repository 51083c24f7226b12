// OpenAttempts: the attempts of a run that have begun and not ended: what is known of each, and its output so far.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "outputs.hpp"
#include "store/records.hpp"

namespace mpr::store {

struct OpenAttempt {
  AttemptRecord record;  ///< only if it was told as started
  AttemptKey key;        ///< given when it is first needed: for a file's name, or a row
  bool started = false;  ///< to be shown as running
  bool has_row = false;
  OutputSink out, err;
};

class OpenAttempts {
 public:
  OpenAttempts(std::string store, std::string run_directory, Durability durability, RunKey run, int64_t last_sequence)
      : store_(std::move(store)),
        run_directory_(std::move(run_directory)),
        durability_(durability),
        run_(run),
        last_sequence_(last_sequence) {}

  void started(AttemptRecord record);
  void output(TaskRef task, uint32_t attempt, worker::Stream stream, std::span<const std::byte> bytes);
  /// Takes the attempt out, and puts its key and output into `record`.
  void end(AttemptRecord& record);
  /// Its key, if a row tells of it as running.
  [[nodiscard]] std::optional<AttemptKey> discard(TaskRef task, uint32_t attempt);

  /// Calls `visit(record)` for each that was started and has no row yet; `mark_rows` when those rows are committed.
  template <class Visit>
  void each_without_row(Visit visit) {
    for (auto& [id, open] : open_) {
      if (open.started && !open.has_row) {
        open.record.key = key_of(open);
        visit(open.record);
      }
    }
  }
  void mark_rows() {
    for (auto& [id, open] : open_) open.has_row = open.has_row || open.started;
  }

 private:
  struct Id {
    TaskRef task;
    uint32_t attempt;
    friend auto operator<=>(const Id&, const Id&) = default;
  };
  AttemptKey key_of(OpenAttempt& open);
  [[nodiscard]] OutputPlace place(AttemptKey key, worker::Stream stream) const {
    return {store_, run_directory_, key, stream, durability_};
  }
  std::string store_, run_directory_;
  Durability durability_;
  RunKey run_;
  int64_t last_sequence_;
  std::map<Id, OpenAttempt> open_;
};

}  // namespace mpr::store
