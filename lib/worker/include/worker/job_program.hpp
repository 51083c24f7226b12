// Which programs are made with MPR_JOB, and so can be asked many times while they run.
#pragma once

#include <string>

namespace mpr::worker {

/// By the note in its file, without running it. False also for one of a version that this worker cannot talk to.
[[nodiscard]] bool is_job_program(const std::string& path);

}  // namespace mpr::worker
