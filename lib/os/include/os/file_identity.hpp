// FileIdentity: which file it is, whatever its name is now.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

#include "unique_fd.hpp"

namespace mpr::os {

struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;

  /// None: there is no such file, or it cannot be looked at.
  [[nodiscard]] static std::optional<FileIdentity> of(const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return std::nullopt;
    return FileIdentity{about.st_dev, about.st_ino};
  }
  [[nodiscard]] static std::optional<FileIdentity> of(FdRef file) {
    struct stat about {};
    if (::fstat(file.get(), &about) != 0) return std::nullopt;
    return FileIdentity{about.st_dev, about.st_ino};
  }
};

}  // namespace mpr::os
