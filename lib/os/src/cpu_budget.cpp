#include "os/cpu_budget.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "cgroup.hpp"
#include "kernel_text.hpp"

namespace mpr::os {
namespace {

struct Quota {
  double cpus;
  std::string file;
};

/// Microseconds of CPU time in so many microseconds. "max" and -1, which stand for no quota, are none.
std::optional<double> ratio(std::string_view quota, std::string_view period) {
  const auto time = parse_number<int64_t>(trimmed(quota));
  const auto window = parse_number<int64_t>(trimmed(period));
  if (!time || !window || *time <= 0 || *window <= 0) return std::nullopt;
  return static_cast<double>(*time) / static_cast<double>(*window);
}

/// "150000 100000"
std::optional<double> parse_cpu_max(std::string_view text) {
  const auto words = split(trimmed(text), ' ');
  if (words.size() != 2) return std::nullopt;
  return ratio(words[0], words[1]);
}

std::optional<Quota> quota_in(const SystemFiles& files, const CgroupFolder& folder) {
  const std::string file = folder.path + (folder.version == CgroupVersion::v2 ? "/cpu.max" : "/cpu.cfs_quota_us");
  const auto text = files.read(file);
  if (!text) return std::nullopt;
  std::optional<double> cpus;
  if (folder.version == CgroupVersion::v2) {
    cpus = parse_cpu_max(*text);
  } else if (const auto period = files.read(folder.path + "/cpu.cfs_period_us")) {
    cpus = ratio(*text, *period);
  }
  if (!cpus) return std::nullopt;
  return Quota{*cpus, file};
}

std::optional<Quota> smallest_quota(const SystemFiles& files) {
  std::optional<Quota> smallest;
  for (const CgroupFolder& folder : cgroup_folders(files, "cpu")) {
    auto quota = quota_in(files, folder);
    if (quota && (!smallest || quota->cpus < smallest->cpus)) smallest = std::move(quota);
  }
  return smallest;
}

}  // namespace

CpuBudget cpu_budget(const SystemFiles& files, size_t allowed) {
  CpuBudget budget;
  budget.allowed = static_cast<unsigned>(std::max<size_t>(allowed, 1));
  budget.workers = budget.allowed;
  if (const auto quota = smallest_quota(files)) {
    budget.quota = quota->cpus;
    budget.quota_file = quota->file;
    // Compared before it is converted: a quota may be larger than any number of CPUs.
    if (quota->cpus < budget.allowed) budget.workers = static_cast<unsigned>(std::ceil(quota->cpus));
  }
  return budget;
}

}  // namespace mpr::os
