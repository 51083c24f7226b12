// What main() of a job program is made of.
#pragma once

#include <optional>
#include <string_view>

#include "mpr/job.hpp"

namespace mpr::job {

constexpr int kFailed = 1;

/// Prints on stdout and stderr, by stdio. Answers the exit status; none when stdout could not be written, which it has
/// told. stdout is not flushed.
[[nodiscard]] std::optional<int> perform_by_stdio(const Job& job, std::string_view program, Words words);

/// Says on stderr that stdout cannot be written (error: errno, or 0 when it is not known). Answers the exit status.
[[nodiscard]] int complain_of_writing(std::string_view program, int error);

/// Serves a worker, by the protocol of mpr/job_protocol.hpp, until it wants no more. `first`: words that come before
/// those of each request. `channels`: the descriptors, as in kServeVariable.
[[nodiscard]] int serve(const Job& job, std::string_view program, Words first, const char* channels);

}  // namespace mpr::job
