#include "store/file_system.hpp"

#include <sys/statfs.h>

#include <algorithm>
#include <array>

namespace mpr::store {
namespace {

struct Kind {
  uint32_t type;  ///< see statfs(2), and linux/magic.h
  const char* name;
};

/// FUSE, too: what is behind it, sshfs or a disk, nobody tells.
constexpr std::array kShared{
    Kind{0x6969, "NFS"},        Kind{0x517b, "SMB"},      Kind{0xff534d42, "CIFS"},   Kind{0xfe534d42, "SMB2"},
    Kind{0x0bd00bd0, "Lustre"}, Kind{0x65735546, "FUSE"}, Kind{0x01021997, "9p"},     Kind{0x47504653, "GPFS"},
    Kind{0x00c36400, "Ceph"},   Kind{0x5346414f, "AFS"},  Kind{0x73757245, "Coda"},   Kind{0x564c, "NCP"},
    Kind{0x7461636f, "OCFS2"},  Kind{0x01161970, "GFS2"}, Kind{0x19830326, "BeeGFS"}, Kind{0xaad7aaea, "PanFS"}};

}  // namespace

int64_t file_system_type(const std::string& path) {
  struct statfs about {};
  return ::statfs(path.c_str(), &about) == 0 ? static_cast<int64_t>(about.f_type) : 0;
}

std::optional<std::string> shared_by_hosts(int64_t file_system_type) {
  // The kernel's type is signed, and narrower on some machines.
  const auto type = static_cast<uint32_t>(file_system_type);
  const auto* found = std::find_if(kShared.begin(), kShared.end(), [&](const Kind& kind) { return kind.type == type; });
  if (found == kShared.end()) return std::nullopt;
  return found->name;
}

}  // namespace mpr::store
