// What the kernel's text files say of a machine. The first byte says what the rest is: l a list of CPUs; m a machine:
// the mask of allowed CPUs (a list), then path=text of each file, with NULs between.
#include <algorithm>
#include <map>

#include "fuzz_input.hpp"
#include "os/cpu_budget.hpp"
#include "os/cpu_set.hpp"
#include "os/cpu_topology.hpp"

namespace {

using namespace mpr;
using test::require;

void check_list(const std::string& text) {
  const auto set = os::parse_cpu_list(text);
  if (!set) return;
  require(std::is_sorted(set->begin(), set->end()), "a set is sorted", text);
  require(std::adjacent_find(set->begin(), set->end()) == set->end(), "each CPU is there once", text);
  require(set->empty() || set->back() < os::kMaxCpus, "no CPU is beyond the limit", text);
  require(os::parse_cpu_list(os::cpu_list_text(*set)) == set, "a set reads as it is written", text);
}

void check_topology(const os::FakeSystemFiles& files, const os::CpuSet& allowed) {
  const auto topology = os::CpuTopology::read(files, allowed);
  std::vector<unsigned> order = topology.pinning_order();
  size_t in_cores = 0;
  for (const os::CpuSet& core : topology.cores()) in_cores += core.size();
  require(in_cores == order.size(), "each CPU has one core");
  std::sort(order.begin(), order.end());
  require(std::adjacent_find(order.begin(), order.end()) == order.end(), "no CPU is pinned to twice");
  require(std::includes(allowed.begin(), allowed.end(), order.begin(), order.end()), "all CPUs are allowed ones");
}

void check_machine(std::string_view text) {
  const auto parts = test::split(text, '\0');
  const auto allowed = os::parse_cpu_list(parts.front()).value_or(os::CpuSet{});
  if (allowed.empty() || allowed.size() > 64) return;
  std::map<std::string, std::string> table;
  for (const std::string& part : parts) {
    const size_t middle = part.find('=');
    if (middle != std::string::npos) table[part.substr(0, middle)] = part.substr(middle + 1);
  }
  const os::FakeSystemFiles files(table);
  const os::CpuBudget budget = os::cpu_budget(files, allowed.size());
  require(budget.workers >= 1 && budget.workers <= budget.allowed, "there are workers, not more than CPUs", text);
  require(!budget.quota || (*budget.quota > 0 && table.contains(budget.quota_file)), "a quota is some file's", text);
  check_topology(files, allowed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text = test::text_of(data + 1, size - 1);
  if (data[0] == 'l') check_list(std::string(text));
  if (data[0] == 'm') check_machine(text);
  return 0;
}
