// The descriptors of this process as a whole.
#pragma once

#include <initializer_list>

#include "unique_fd.hpp"

namespace mpr::os {

/// Opens /dev/null on those of 0, 1 and 2 that are closed, so that no other file gets a standard number. Writing
/// to a standard output that was closed fails still.
void ensure_standard_descriptors();

/// In a forked child that will not exec: closes what exec would have closed (everything close-on-exec), except `keep`.
void close_as_exec_would(std::initializer_list<FdRef> keep);

/// In a forked child that is to hold nothing open: closes all from `first` up, except `keep`.
void close_all_from(int first, FdRef keep);

/// Makes `target` (0, 1 or 2) a copy of `source`, inherited by programs.
void redirect(FdRef target, FdRef source);

/// /dev/null for reading and writing, close-on-exec.
[[nodiscard]] UniqueFd open_null();

}  // namespace mpr::os
