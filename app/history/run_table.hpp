// What `mpr runs` prints.
//
//   RUN              STARTED       STATE      TASKS  FAILED   TIME  TITLE
//   20261122T215301  Nov 22 22:53  failed      1000       2  3m20s  square {}
//
// RUN        as short as it can be and still name one run, but never less than a date and a time
// TASKS      that are done, or done/all while there are more
// TIME       of the last session
#pragma once

#include <span>
#include <string>

#include "store/records.hpp"

namespace mpr::app {

/// Lines of `width` columns at most, if that leaves room for a title; 0: as long as they are. Pure.
[[nodiscard]] std::string run_table(std::span<const store::RunRecord> runs, store::UnixTime now, size_t width);

/// One line for programs:
///   {"run":"...","kind":"map","title":"square {}","plan":"...","directory":"/work","state":"failed","signal":null,
///    "started":"2026-11-22T21:53:01.123Z","ended":"...","seconds":200.5,"sessions":1,"workers":4,"host":"...",
///    "pid":4711,"total":1000,"succeeded":998,"failed":2,"reused":0,"cancelled":0,"never_started":0}
/// What is not known (the end of a run that runs, the total of one whose inputs were not all read) is null. What is not
/// printable in a text is written as \n, \xNN. seconds: of the last session.
[[nodiscard]] std::string run_json(const store::RunRecord& run, store::UnixTime now);

/// How long the last session took so far; none for a run that died.
[[nodiscard]] std::optional<os::Duration> session_time(const store::RunRecord& run, store::UnixTime now);

}  // namespace mpr::app
