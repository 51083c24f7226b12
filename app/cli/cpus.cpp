#include "cli/cpus.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace mpr::app {
namespace {

/// "1.5", "2", "0.333": whatever the locale.
std::string short_number(double number) {
  std::array<char, 32> buffer{};
  const double largest = 1e9;  // more CPUs than that need not be told apart, and would not fit
  const auto end = std::to_chars(buffer.begin(), buffer.end(), std::fmin(number, largest), std::chars_format::fixed, 3);
  std::string text(buffer.begin(), end.ptr);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string counted(unsigned count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string quota_text(const os::CpuBudget& budget) {
  if (!budget.quota) return "none";
  const std::string cpus = short_number(*budget.quota) + (*budget.quota == 1.0 ? " CPU" : " CPUs");
  const bool whole = std::floor(*budget.quota) == *budget.quota;
  const std::string effect = !budget.limited_by_quota() ? ", no less than is allowed"
                             : whole                    ? ""
                                                        : ", rounded up to " + std::to_string(budget.workers);
  return cpus + effect + ": " + budget.quota_file;
}

std::string pinned_text(const os::CpuBudget& budget) {
  if (budget.limited_by_quota()) return "no: the quota leaves fewer workers than allowed CPUs";
  return "yes: the workers fill the allowed CPUs";
}

std::string right_aligned(const std::string& text, size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string row(const std::array<std::string, 6>& cells) {
  constexpr std::array<size_t, 6> kWidths{5, 7, 7, 9, 7, 9};
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) line += right_aligned(cells[i], kWidths[i]);
  return line + '\n';
}

}  // namespace

std::string cpus_report(const os::CpuTopology& topology, const os::CpuBudget& budget) {
  std::string text = counted(budget.workers, "worker") + '\n';
  text += "allowed  " + std::to_string(budget.allowed) + " of " + counted(topology.online, "online CPU") + '\n';
  text += "quota    " + quota_text(budget) + '\n';
  text += "pinned   " + pinned_text(budget) + '\n';
  text += "order    one thread of each core first, then siblings; NUMA nodes take turns\n\n";
  text += row({"place", "cpu", "core", "sibling", "node", "package"});
  size_t place = 0;
  for (const os::Cpu& cpu : topology.cpus) {
    text += row({std::to_string(++place), std::to_string(cpu.number), std::to_string(cpu.core),
                 std::to_string(cpu.sibling), std::to_string(cpu.node), std::to_string(cpu.package)});
  }
  return text;
}

}  // namespace mpr::app
