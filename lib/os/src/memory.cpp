#include "os/memory.hpp"

#include <unistd.h>

namespace mpr::os {

uint64_t total_memory() {
  return static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace mpr::os
