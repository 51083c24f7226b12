#include "fork_server_library.hpp"

#include <string_view>

#include "os/temporary_file.hpp"

// MPR_FORK_SERVER_LIBRARY: the path of the library, as it was built just before this file.
asm(".pushsection .rodata\n"
    "mpr_fork_server_begin:\n"
    ".incbin \"" MPR_FORK_SERVER_LIBRARY
    "\"\n"
    "mpr_fork_server_end:\n"
    ".popsection\n");

extern "C" const char mpr_fork_server_begin[];
extern "C" const char mpr_fork_server_end[];

namespace mpr::worker {

os::UniqueFd open_fork_server_library() {
  return os::file_of(std::string_view(mpr_fork_server_begin, mpr_fork_server_end));
}

}  // namespace mpr::worker
