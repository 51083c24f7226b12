// Job programs (MPR_JOB) as files: known by their ELF note, without running them.
//
// Errors: a file that cannot be read is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mpr::worker {

/// The version of the protocol by which the program serves; none when it is no job program.
[[nodiscard]] std::optional<uint32_t> job_protocol_of(const std::string& path);

/// Whether it is one that JobExecutor can run.
[[nodiscard]] bool is_job_program(const std::string& path);

}  // namespace mpr::worker
