// AttemptRow: an AttemptRecord as the columns of its row, with the checksum that tells whether they are as written.
//
//   Buffers buffers;
//   bind_attempt(insert, row_of(record, buffers));           // insert: Statement(database, kInsertAttempt)
//   const std::optional<AttemptRecord> record = attempt_of(select);    // select: kSelectAttempts...; none: damaged
//
// Ownership: a row borrows the bytes of what it was made from.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "database.hpp"
#include "store/records.hpp"

namespace mpr::store {

/// An attempt's key: its run's, and a number from 1 within the run.
inline constexpr int kSequenceBits = 36;
[[nodiscard]] constexpr int64_t attempt_key(RunKey run, int64_t sequence) {
  return run << kSequenceBits | sequence;
}
[[nodiscard]] constexpr RunKey run_of(AttemptKey key) {
  return key.value >> kSequenceBits;
}
/// All keys of a run are from the first on, and before the second.
[[nodiscard]] constexpr int64_t first_key(RunKey run) {
  return attempt_key(run, 0);
}
[[nodiscard]] constexpr int64_t end_key(RunKey run) {
  return attempt_key(run + 1, 0);
}

struct AttemptRow {
  /// In the order of the table's columns.
  enum Number : uint8_t {
    kKey,
    kIdentityHigh,
    kIdentityLow,
    kJob,
    kNumber,
    kAttempt,
    kEnding,
    kFinal,
    kSuccess,
    kExitStatus,
    kSignal,
    kCoreDumped,
    kSpawnError,
    kSpawnStep,
    kLeaked,
    kSlot,
    kStarted,
    kElapsed,
    kUser,
    kSystem,
    kMaxRss,
    kOutBytes,
    kOutHash,
    kErrBytes,
    kErrHash,
    kNumbers
  };
  enum Blob : uint8_t { kInputs, kArgv, kOut, kErr, kBlobs };

  /// Stands for NULL. (As a value of a hash or an identity it is written as NULL, and read as itself again.)
  static constexpr int64_t kNull = std::numeric_limits<int64_t>::min();

  std::array<int64_t, kNumbers> numbers{};
  std::array<std::string_view, kBlobs> blobs{};  ///< no pointer: NULL

  [[nodiscard]] int64_t checksum() const;
};

inline constexpr std::string_view kInsertAttempt =
    "INSERT OR REPLACE INTO attempts VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,"
    "?21,?22,?23,?24,?25,?26,?27,?28,?29,?30)";

/// Where encoded columns are kept while their row is used.
struct Buffers {
  std::string inputs, argv;
};

[[nodiscard]] AttemptRow row_of(const AttemptRecord& record, Buffers& buffers);
void bind_attempt(Statement& insert, const AttemptRow& row);

/// Of a statement that stands on a row of SELECT * FROM attempts. None: not as it was written.
[[nodiscard]] std::optional<AttemptRecord> attempt_of(const Statement& select);

}  // namespace mpr::store
