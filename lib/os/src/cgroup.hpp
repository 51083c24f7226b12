// Where this process's cgroups are in the file system.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "os/system_files.hpp"

namespace mpr::os {

enum class CgroupVersion { v1, v2 };

struct CgroupFolder {
  CgroupVersion version;
  std::string path;
};

/// The folders that may hold what a controller ("cpu", "memory") limits and counts for this process: its own cgroup
/// first, then each ancestor up to the mount point; for version 1 of the controller, for version 2, or for both where a
/// machine has both. A folder listed need not exist: a container may see a path that only its host knows.
[[nodiscard]] std::vector<CgroupFolder> cgroup_folders(const SystemFiles& files, std::string_view controller);

}  // namespace mpr::os
