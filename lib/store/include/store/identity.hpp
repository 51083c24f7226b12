// Identity: which task it is, told by what it runs, not by where it stands in a plan.
//
//   const Identity identity = identity_of({.argv = argv, .environment = {"SEED=1"}, .directory = "/data"});
//   if (auto attempt = finished.take(identity)) ...       // done in an earlier session, with its output
//
// 128 bits of XXH3 over the parts, each with its length, so that no two different tasks give the same bytes to hash.
// Two tasks of one identity are one task given twice. The value is part of the store's format: it is the same on each
// machine of one byte order, and in each version of mpr.
//
// Errors: identity_of has none. ContentDigests throws std::system_error for a file that cannot be read.
// Threads: identity_of any; one ContentDigests belongs to one thread. Processes: no state that others see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "os/unique_fd.hpp"

namespace mpr::store {

struct Identity {
  uint64_t high = 0;
  uint64_t low = 0;

  friend auto operator<=>(const Identity&, const Identity&) = default;
};

struct TaskContent {
  std::vector<std::string> argv{};
  std::vector<std::string> environment{};  ///< NAME=value, what the task has beyond mpr's own; in any order
  std::string directory{};                 ///< empty: mpr's own
  std::optional<Identity> input{};         ///< of what it reads on its standard input; none: nothing
  std::string output{};                    ///< the file that its standard output goes to; empty: none
};

[[nodiscard]] Identity identity_of(const TaskContent& content);

/// Of what a task reads, from wherever it comes: a file's digest is that of its bytes.
[[nodiscard]] Identity digest_of(std::span<const std::byte> bytes);

/// Digests of files, each read once for as long as it does not change (device, inode, size, time of modification).
class ContentDigests {
 public:
  [[nodiscard]] Identity of(const std::string& path);

 private:
  struct Version {
    bool regular;  ///< what a pipe gives is never the same again
    uint64_t device, inode;
    int64_t bytes, modified_seconds, modified_nanoseconds;
    friend auto operator<=>(const Version&, const Version&) = default;
  };
  static Version version_of(os::FdRef file);
  std::map<Version, Identity> known_;
};

}  // namespace mpr::store
