#include "worker/job_program.hpp"

#include <cstring>
#include <system_error>

#include "mpr/job_protocol.hpp"
#include "os/program_file.hpp"

namespace mpr::worker {
namespace {

// As mpr/job_note.hpp writes it.
constexpr const char* kOwner = "mpr";
constexpr uint32_t kType = 1;

}  // namespace

bool is_job_program(const std::string& path) try {
  const auto version = os::ProgramFile::open(path).note(kOwner, kType);
  uint32_t number = 0;
  if (!version || version->size() != sizeof number) return false;
  std::memcpy(&number, version->data(), sizeof number);
  return number == job::kProtocol;
} catch (const std::system_error&) {
  return false;
}

}  // namespace mpr::worker
