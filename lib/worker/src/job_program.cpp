#include "worker/job_program.hpp"

#include <cstring>
#include <system_error>

#include "mpr/job_protocol.hpp"
#include "os/program_file.hpp"

namespace mpr::worker {

std::optional<uint32_t> job_protocol_of(const std::string& path) try {
  const auto note = os::ProgramFile::open(path).note(job::kNoteOwner, job::kNoteType);
  uint32_t version = 0;
  if (!note || note->size() != sizeof version) return std::nullopt;
  std::memcpy(&version, note->data(), sizeof version);
  return version;
} catch (const std::system_error&) {
  return std::nullopt;
}

bool is_job_program(const std::string& path) {
  return job_protocol_of(path) == job::kProtocol;
}

}  // namespace mpr::worker
