// The files by which the kernel would describe a machine, from a short list of its physical cores.
//
//   FakeSystemFiles files(machine_files({{"0,4"}, {"1,5"}, {"2,6", 1, 1}, {"3,7", 1, 1}}));
#pragma once

#include <map>
#include <string>
#include <vector>

#include "os/cpu_set.hpp"

namespace mpr::test {

struct FakeCore {
  std::string cpus;  ///< its online hardware threads, as a CPU list
  unsigned node = 0;
  unsigned package = 0;
};

inline std::map<std::string, std::string> machine_files(const std::vector<FakeCore>& cores) {
  std::map<std::string, std::string> files;
  os::CpuSet online;
  std::map<unsigned, os::CpuSet> nodes;
  for (const FakeCore& core : cores) {
    const os::CpuSet cpus = os::parse_cpu_list(core.cpus).value();
    for (const unsigned cpu : cpus) {
      const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
      files[folder + "core_cpus_list"] = core.cpus + '\n';
      files[folder + "physical_package_id"] = std::to_string(core.package) + '\n';
      online.push_back(cpu);
      nodes[core.node].push_back(cpu);
    }
  }
  os::CpuSet node_numbers;
  for (const auto& [node, members] : nodes) {
    node_numbers.push_back(node);
    files["/sys/devices/system/node/node" + std::to_string(node) + "/cpulist"] = os::cpu_list_text(members) + '\n';
  }
  files["/sys/devices/system/cpu/online"] = os::cpu_list_text(online) + '\n';
  files["/sys/devices/system/node/online"] = os::cpu_list_text(node_numbers) + '\n';
  return files;
}

/// 4 cores of 2 hardware threads, numbered as most machines do: the siblings after all cores.
inline std::map<std::string, std::string> four_cores_of_two() {
  return machine_files({{"0,4"}, {"1,5"}, {"2,6"}, {"3,7"}});
}

}  // namespace mpr::test
