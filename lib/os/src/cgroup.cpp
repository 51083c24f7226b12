#include "cgroup.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "kernel_text.hpp"

namespace mpr::os {
namespace {

/// One hierarchy that this process is in: a line of /proc/self/cgroup, "4:cpu,cpuacct:/path" or "0::/path".
struct Membership {
  CgroupVersion version;
  std::string path;
};

/// A line of /proc/self/mountinfo: the part `root` of the hierarchy is what can be seen at `point`.
struct Mount {
  CgroupVersion version;
  std::string root;
  std::string point;
};

bool lists(std::string_view words, std::string_view controller) {
  const auto pieces = split(words, ',');
  return std::find(pieces.begin(), pieces.end(), controller) != pieces.end();
}

std::vector<Membership> memberships(std::string_view text, std::string_view controller) {
  std::vector<Membership> found;
  for (const auto line : split(text, '\n')) {
    const auto controllers = line.find(':');
    const auto path = line.find(':', controllers + 1);
    if (controllers == std::string_view::npos || path == std::string_view::npos) continue;
    const auto names = line.substr(controllers + 1, path - controllers - 1);
    const bool is_v2 = names.empty();
    if (!is_v2 && !lists(names, controller)) continue;
    found.push_back({is_v2 ? CgroupVersion::v2 : CgroupVersion::v1, std::string(line.substr(path + 1))});
  }
  return found;
}

/// mountinfo writes space, tab, newline and backslash as \040 and so on.
std::string unescaped(std::string_view text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string result;
  while (!text.empty()) {
    const bool escape =
        text.size() >= 4 && text[0] == '\\' && is_octal(text[1]) && is_octal(text[2]) && is_octal(text[3]);
    result += escape ? static_cast<char>((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0')) : text[0];
    text.remove_prefix(escape ? 4 : 1);
  }
  return result;
}

/// "31 23 0:28 ROOT POINT rw,relatime shared:9 - TYPE SOURCE OPTIONS"; the optional fields before the dash vary.
std::optional<Mount> parse_mount(std::string_view line, std::string_view controller) {
  const auto dash = line.find(" - ");
  if (dash == std::string_view::npos) return std::nullopt;
  const auto place = split(line.substr(0, dash), ' ');
  const auto what = split(line.substr(dash + 3), ' ');
  if (place.size() < 5 || what.size() < 3) return std::nullopt;
  const bool is_v2 = what[0] == "cgroup2";
  const bool is_v1 = what[0] == "cgroup" && lists(what[2], controller);
  if (!is_v1 && !is_v2) return std::nullopt;
  return Mount{is_v2 ? CgroupVersion::v2 : CgroupVersion::v1, unescaped(place[3]), unescaped(place[4])};
}

std::vector<Mount> mounts(std::string_view text, std::string_view controller) {
  std::vector<Mount> found;
  for (const auto line : split(text, '\n')) {
    if (auto mount = parse_mount(line, controller)) found.push_back(std::move(*mount));
  }
  return found;
}

/// A path's names; "/" has none.
std::vector<std::string_view> names_of(std::string_view path) {
  auto names = split(path, '/');
  std::erase(names, std::string_view{});
  return names;
}

/// The names that lead from the mount's root to the cgroup; nothing when the mount does not hold it. Both paths are as
/// seen from this process's cgroup namespace, so that ".." at the front leads out of it.
std::optional<std::vector<std::string_view>> names_below(std::string_view root_path, std::string_view path) {
  const auto is_up = [](std::string_view name) { return name == ".."; };
  const auto root = names_of(root_path);
  const auto names = names_of(path);
  const auto [root_rest, rest] = std::mismatch(root.begin(), root.end(), names.begin(), names.end());
  if (root_rest == root.end()) {
    if (rest != names.end() && is_up(*rest)) return std::nullopt;
    return std::vector(rest, names.end());
  }
  // The mount begins above our namespace: its root is an ancestor of ours, by names that cannot be known from here.
  if (std::all_of(root_rest, root.end(), is_up)) return std::vector<std::string_view>{};
  return std::nullopt;
}

/// From the cgroup up to the mount point, by the mount that shows most of the way; none when no mount shows it.
std::vector<CgroupFolder> folders_of(const Membership& member, const std::vector<Mount>& all_mounts) {
  std::vector<CgroupFolder> best;
  for (const Mount& mount : all_mounts) {
    if (mount.version != member.version) continue;
    const auto names = names_below(mount.root, member.path);
    if (!names) continue;
    std::string path = mount.point;
    std::vector<CgroupFolder> folders{{mount.version, path}};
    for (const auto name : *names) {
      path.append("/").append(name);
      folders.push_back({mount.version, path});
    }
    if (folders.size() > best.size()) best = std::move(folders);
  }
  std::reverse(best.begin(), best.end());
  return best;
}

}  // namespace

std::vector<CgroupFolder> cgroup_folders(const SystemFiles& files, std::string_view controller) {
  const auto cgroup = files.read("/proc/self/cgroup");
  const auto mountinfo = files.read("/proc/self/mountinfo");
  if (!cgroup || !mountinfo) return {};
  const auto all_mounts = mounts(*mountinfo, controller);
  std::vector<CgroupFolder> folders;
  for (const Membership& member : memberships(*cgroup, controller)) {
    auto more = folders_of(member, all_mounts);
    folders.insert(folders.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return folders;
}

}  // namespace mpr::os
