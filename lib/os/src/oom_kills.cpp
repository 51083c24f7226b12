#include "os/oom_kills.hpp"

#include <string_view>
#include <utility>

#include "cgroup.hpp"
#include "kernel_text.hpp"

namespace mpr::os {
namespace {

/// "oom_kill 3", among other such lines.
std::optional<uint64_t> count_in(std::string_view text) {
  constexpr std::string_view kName = "oom_kill ";
  for (const auto line : split(text, '\n')) {
    if (line.substr(0, kName.size()) == kName) return parse_number<uint64_t>(trimmed(line.substr(kName.size())));
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> oom_kills(const SystemFiles& files) {
  bool seen_v1 = false;
  bool seen_v2 = false;
  for (const CgroupFolder& folder : cgroup_folders(files, "memory")) {
    // Its own cgroup, the first of each version: the kernel counts where the victim was.
    bool& seen = folder.version == CgroupVersion::v2 ? seen_v2 : seen_v1;
    if (std::exchange(seen, true)) continue;
    const auto text =
        files.read(folder.path + (folder.version == CgroupVersion::v2 ? "/memory.events" : "/memory.oom_control"));
    if (const auto count = text ? count_in(*text) : std::nullopt) return count;
  }
  return std::nullopt;
}

}  // namespace mpr::os
