#include "proc_numbers.hpp"

#include <algorithm>
#include <atomic>
#include <sstream>
#include <vector>

#include "os/fork.hpp"
#include "os/io.hpp"

namespace mpr::os {
namespace {

/// The process's numbers, from the namespace of /proc down to its own (NSpid of proc_pid_status(5), Linux 4.1).
std::vector<pid_t> numbers_of(const std::string& process) {
  const std::string name = "\nNSpid:";
  const auto status = read_file("/proc/" + process + "/status");
  const size_t begin = status ? status->find(name) : std::string::npos;
  if (begin == std::string::npos) return {};
  const size_t end = std::min(status->find('\n', begin + 1), status->size());
  std::istringstream words(status->substr(begin + name.size(), end - begin - name.size()));
  std::vector<pid_t> numbers;
  for (pid_t number = 0; words >> number;) numbers.push_back(number);
  return numbers;
}

std::atomic<size_t> known_depth = 0;  // 0: not asked yet

/// How many namespaces there are from that of /proc to ours, both counted.
size_t depth() {
  // A child may be in another namespace than its parent.
  [[maybe_unused]] static const bool forgets = (at_fork_in_child(forget_proc_numbers), true);
  if (known_depth == 0) known_depth = std::max<size_t>(numbers_of("self").size(), 1);
  return known_depth;
}

}  // namespace

bool proc_has_our_numbers() {
  return depth() == 1;
}

std::optional<pid_t> our_number_of(const std::string& proc_number) {
  if (proc_has_our_numbers()) return static_cast<pid_t>(std::stol(proc_number));
  const std::vector<pid_t> numbers = numbers_of(proc_number);
  if (numbers.size() < depth()) return std::nullopt;
  return numbers[depth() - 1];
}

void forget_proc_numbers() {
  known_depth = 0;
}

}  // namespace mpr::os
