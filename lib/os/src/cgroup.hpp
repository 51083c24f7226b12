// Where this process's cgroups are in the file system.
#pragma once

#include <string>
#include <vector>

#include "os/system_files.hpp"

namespace mpr::os {

enum class CgroupVersion { v1, v2 };

struct CgroupFolder {
  CgroupVersion version;
  std::string path;
};

/// The folders that may hold this process's CPU limits: its own cgroup first, then each ancestor up to the mount point;
/// for the version 1 `cpu` controller, for version 2, or for both where a machine has both. A folder listed need not
/// exist: a container may see a path that only its host knows.
[[nodiscard]] std::vector<CgroupFolder> cpu_cgroup_folders(const SystemFiles& files);

}  // namespace mpr::os
