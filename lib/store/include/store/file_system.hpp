// What kind of file system a store lies on, as far as that decides how it is kept.
//
// SQLite's write-ahead log needs memory that all its users share: one host. On a file system that several hosts see,
// the store keeps a rollback journal instead, and flushes the disk at each commit: slower, and safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mpr::store {

/// What statfs(2) says of a file's system, f_type; 0 where it says nothing.
[[nodiscard]] int64_t file_system_type(const std::string& path);

/// The name of a file system that several hosts may see: "NFS". None: of any other.
[[nodiscard]] std::optional<std::string> shared_by_hosts(int64_t file_system_type);

}  // namespace mpr::store
