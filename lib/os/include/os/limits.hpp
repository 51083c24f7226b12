// RLIMIT_NOFILE: raised for this process, given back as it was to the programs it starts.
#pragma once

#include <sys/resource.h>

namespace mpr::os {

/// Raises the soft limit of open files to the hard one; answers what it was before.
rlimit raise_open_files_limit();

}  // namespace mpr::os
