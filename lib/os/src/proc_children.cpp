#include "proc_children.hpp"

#include <dirent.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>

#include "os/io.hpp"

namespace mpr::os {
namespace {

/// The parent in /proc/<pid>/stat: the second word behind the name, which is in parentheses and may hold any byte.
std::optional<pid_t> parent_of(const std::string& pid) {
  const auto stat = read_file("/proc/" + pid + "/stat");
  if (!stat) return std::nullopt;
  const size_t name_end = stat->rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(stat->substr(name_end + 1));
  char state = 0;
  pid_t parent = 0;
  rest >> state >> parent;
  return parent;
}

void add_numbers(const std::string& list, ProcNumbers& numbers) {
  std::istringstream words(list);
  for (std::string number; words >> number;) numbers.push_back(number);
}

}  // namespace

ProcNumbers numbers_in(const std::string& list) {
  ProcNumbers numbers;
  add_numbers(list, numbers);
  return numbers;
}

ProcNumbers named_children_of(const std::string& parent) {
  const std::string tasks = "/proc/" + parent + "/task/";
  const std::unique_ptr<DIR, int (*)(DIR*)> threads{::opendir(tasks.c_str()), &::closedir};
  ProcNumbers found;
  while (const dirent* entry = threads ? ::readdir(threads.get()) : nullptr) {
    const std::string thread = entry->d_name;
    if (thread[0] == '.') continue;
    if (const auto listed = read_file(tasks + thread + "/children"))
      add_numbers(*listed, found);
    else if (::access(kOwnChildren, R_OK) != 0)
      return children_by_scan(parent);
  }
  return found;
}

ProcNumbers children_by_scan(const std::string& parent) {
  ProcNumbers found;
  const pid_t number = std::atoi(parent.c_str());
  const std::unique_ptr<DIR, int (*)(DIR*)> processes{::opendir("/proc"), &::closedir};
  while (const dirent* entry = processes ? ::readdir(processes.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (parent_of(name) == number) found.push_back(name);
  }
  return found;
}

}  // namespace mpr::os
